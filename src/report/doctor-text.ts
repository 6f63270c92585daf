// What the doctor found, for people and for other programs.
import chalk from "chalk";
import type { Checked, Diagnosis } from "../use-cases/doctor.ts";
import { GROUPS, type CheckStatus } from "../use-cases/doctor-check.ts";
import { plural } from "../use-cases/doctor-words.ts";
import { type TextStyle } from "./cells.ts";
import { oneLine } from "../one-line.ts";
import { json } from "./json.ts";
import { wrapCells } from "./cell-width.ts";

export function doctorJson({ outcome, checks }: Diagnosis): string {
  const told = checks.map(({ name, status, found, mend }) => ({ name, status, found, mend }));
  return `${json({ outcome, checks: told })}\n`;
}

/**
 * @param quiet only warnings and faults
 * @param width columns to wrap what was found at; null for one line
 */
export function formatDiagnosis(
  { checks }: Diagnosis,
  quiet: boolean,
  width: number | null,
  style: TextStyle,
): string {
  const shown = quiet ? checks.filter(needsMending) : checks;
  const nameWidth = Math.max(0, ...shown.map(({ name }) => name.length));
  const groups = Object.keys(GROUPS).flatMap((group) => {
    const lines = shown.filter((check) => check.group === group);
    if (lines.length === 0) return [];
    return [
      `${style.color ? chalk.bold(group) : group}\n` +
        lines.map((check) => formatCheck(check, nameWidth, width, style)).join(""),
    ];
  });
  if (quiet) return groups.join("\n");
  return `${groups.join("\n")}\n${summary(checks)}\n`;
}

function needsMending({ status }: Checked): boolean {
  return status === "warn" || status === "fail";
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
  // Never wrapped: whoever copies a statement must not get a line break within one of its strings.
  if (mend !== null) lines.push(`mend: ${oneLine(mend)}`);
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
