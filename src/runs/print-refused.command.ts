// Prints the rows that the database refused, and returns their exit code.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneLine } from "../one-line.ts";
import type { Runtime } from "../runtime.ts";
import { countRows, type RefusedRows } from "./refused-rows.ts";
import { say } from "../terminal/say.ts";

const MOST_SHOWN = 10;

/**
 * Printed even with -q, so that cron mails it.
 * @param code the exit code so far
 * @returns 1 instead of 0 if rows were refused
 */
export function printRefused(
  command: string,
  { refused, refusedCount }: RefusedRows,
  code: ExitCode,
  { stderr }: Runtime,
): ExitCode {
  if (refusedCount === 0) return code;
  const shown = refused.slice(0, MOST_SHOWN);
  const lines = shown.map(({ id, constraint, table, message }) => {
    const rule = [constraint ?? [], table === null ? [] : `table ${table}`].flat().join(", ");
    return `  ${id}: ${message}${rule === "" ? "" : ` (${rule})`}`;
  });
  const others = refusedCount - shown.length;
  const more = others === 0 ? [] : [`  and ${others} more; --json lists the first 100`];
  say(
    stderr,
    [
      `family-hub-jobs: ${command}: the database refused ${countRows(refusedCount)}; everything else is done.`,
      ...[...lines, ...more].map(oneLine),
      'Change these rows or the rule, then run it again: docs/runbook.md, "The database refuses a row".',
    ]
      .map((line) => `${line}\n`)
      .join(""),
  );
  return code === EXIT.ok ? EXIT.fault : code;
}
