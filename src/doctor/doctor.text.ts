// What the doctor found, for people and for other programs.
import chalk from "chalk";
import type { Checked, Diagnosis } from "./doctor.ts";
import { GROUPS, type CheckStatus } from "./check.ts";
import { plural } from "./words.ts";
import { type TextStyle } from "../terminal/cells.ts";
import { oneLine } from "../one-line.ts";
import { json } from "../terminal/json.ts";
import { wrapCells } from "../terminal/wrap.ts";

export function doctorJson({ outcome, checks }: Diagnosis): string {
  const told = checks.map(({ name, status, found, mend }) => ({ name, status, found, mend }));
  return `${json({ outcome, checks: told })}\n`;
}

/**
 * @param quiet only warnings and faults, the gravest first
 * @param width columns to wrap what was found at; null for one line
 */
export function formatDiagnosis(
  { checks }: Diagnosis,
  quiet: boolean,
  width: number | null,
  style: TextStyle,
): string {
  const shown = quiet ? gravestFirst(checks.filter(needsMending)) : checks;
  const nameWidth = Math.max(0, ...shown.map(({ name }) => name.length));
  const order = quiet ? new Set(shown.map(({ group }) => group)) : Object.keys(GROUPS);
  const groups = [...order].flatMap((group) => {
    const lines = shown.filter((check) => check.group === group);
    if (lines.length === 0) return [];
    return [
      `${style.color ? chalk.bold(group) : group}\n` +
        mendedOnce(lines)
          .map((check) => formatCheck(check, nameWidth, width, style))
          .join(""),
    ];
  });
  if (quiet) return groups.join("\n");
  return `${groups.join("\n")}\n${summary(checks)}\n`;
}

function needsMending({ status }: Checked): boolean {
  return status === "warn" || status === "fail";
}

/** Groups too: the one with a fault comes before those that only warn. */
function gravestFirst(checks: readonly Checked[]): Checked[] {
  const faulty = new Set(
    checks.filter(({ status }) => status === "fail").map(({ group }) => group),
  );
  const rank = ({ group, status }: Checked) =>
    (faulty.has(group) ? 0 : 2) + (status === "fail" ? 0 : 1);
  return checks.toSorted((a, b) => rank(a) - rank(b));
}

/** A fix for several findings in a row is shown once, below the last of them. */
function mendedOnce(checks: readonly Checked[]): Checked[] {
  return checks.map((check, index) => {
    const next = checks[index + 1];
    const again = next?.name === check.name && next.mend === check.mend;
    return again ? { ...check, mend: null } : check;
  });
}

/** Room for the longest status, and two blanks on each side of a column. */
const STATUS_WIDTH = 4;

function formatCheck(
  { name, status, found, mend }: Checked,
  nameWidth: number,
  width: number | null,
  style: TextStyle,
): string {
  const before = `  ${paint(status, style)}  ${name.padEnd(nameWidth)}  `;
  const indent = 2 + STATUS_WIDTH + 2 + nameWidth + 2;
  const lines =
    width === null ? [oneLine(found)] : wrapCells(oneLine(found), Math.max(30, width - indent));
  // Never wrapped: anyone who copies a statement must not get a line break within one of its strings.
  if (mend !== null) lines.push(`fix: ${oneLine(mend)}`);
  return lines
    .map((line, index) => `${index === 0 ? before : " ".repeat(indent)}${line}\n`)
    .join("");
}

const PAINTS: Record<CheckStatus, (text: string) => string> = {
  ok: (text) => chalk.green(text),
  warn: (text) => chalk.yellow(text),
  fail: (text) => chalk.red(text),
  skip: (text) => chalk.dim(text),
};

function paint(status: CheckStatus, { color }: TextStyle): string {
  const text = status.padEnd(STATUS_WIDTH);
  return color ? PAINTS[status](text) : text;
}

function summary(checks: readonly Checked[]): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const skipped = count("skip") === 0 ? [] : [`${count("skip")} skipped`];
  return [
    `${count("ok")} ok`,
    plural(count("warn"), "warning"),
    plural(count("fail"), "fault"),
    ...skipped,
  ].join(", ");
}
