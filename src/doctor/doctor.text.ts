// The results of doctor, for people and as JSON.
import chalk from "chalk";
import type { Checked, Diagnosis } from "./doctor.ts";
import { GROUPS, type CheckStatus } from "./check.ts";
import { plural } from "./advice.ts";
import { type TextStyle } from "../terminal/cells.ts";
import { oneLine } from "../one-line.ts";
import { json } from "../terminal/json.ts";
import { formatPoints } from "../terminal/points.ts";
import { wrapCells } from "../terminal/wrap.ts";

export function doctorJson({ outcome, checks }: Diagnosis): string {
  const results = checks.map(({ name, status, found, fix }) => ({
    name,
    status,
    found,
    mend: fix,
  }));
  return `${json({ outcome, checks: results })}\n`;
}

/**
 * - `all`: every check, by groups.
 * - `folded`: the problems, the worst first, then one line for each group.
 * - `wrong`: only the problems.
 */
export type Detail = "all" | "folded" | "wrong";

/** @param width columns to wrap at; null for one line each */
export function formatDiagnosis(
  { checks }: Diagnosis,
  detail: Detail,
  width: number | null,
  style: TextStyle,
): string {
  const shown = detail === "all" ? checks : worstFirst(checks.filter(needsFix));
  const nameWidth = Math.max(0, ...shown.map(({ name }) => name.length));
  const order = detail === "all" ? Object.keys(GROUPS) : new Set(shown.map(({ group }) => group));
  const groups = [...order].flatMap((group) => {
    const lines = shown.filter((check) => check.group === group);
    if (lines.length === 0) return [];
    return [
      `${style.color ? chalk.bold(group) : group}\n` +
        shareFixes(lines)
          .map((check) => formatCheck(check, nameWidth, width, style))
          .join(""),
    ];
  });
  if (detail === "wrong") return groups.join("\n");
  if (detail === "all") return `${groups.join("\n")}\n${summary(checks)}\n`;
  return [...groups, folded(checks), `${summary(checks)}; -v shows each\n`].join("\n");
}

/** How many checks of each group are ok. */
function folded(checks: readonly Checked[]): string {
  const points = Object.keys(GROUPS).map((group) => {
    const rest = checks.filter((check) => check.group === group && !needsFix(check));
    return { name: group, texts: rest.length === 0 ? [] : [countsText(rest)] };
  });
  return formatPoints(points, null);
}

function countsText(checks: readonly Checked[]): string {
  const skipped = checks.filter(({ status }) => status === "skip").length;
  const texts = { ok: checks.length - skipped, skipped };
  return Object.entries(texts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function needsFix({ status }: Checked): boolean {
  return status === "warn" || status === "fail";
}

/** Groups, too: a group with a failure comes before those with warnings. */
function worstFirst(checks: readonly Checked[]): Checked[] {
  const faulty = new Set(
    checks.filter(({ status }) => status === "fail").map(({ group }) => group),
  );
  const rank = ({ group, status }: Checked) =>
    (faulty.has(group) ? 0 : 2) + (status === "fail" ? 0 : 1);
  return checks.toSorted((a, b) => rank(a) - rank(b));
}

/** A fix shared by successive findings is shown once, below the last of them. */
function shareFixes(checks: readonly Checked[]): Checked[] {
  return checks.map((check, index) => {
    const next = checks[index + 1];
    const again = next?.name === check.name && next.fix === check.fix;
    return again ? { ...check, fix: null } : check;
  });
}

/** The length of the longest status, and two blanks on each side of a column. */
const STATUS_WIDTH = 4;

/** The indent below a name; the finding is next to it if there is room. */
const BELOW = 2 + STATUS_WIDTH + 2;
const LEAST_FOUND_WIDTH = 40;

function formatCheck(
  { name, status, found, fix }: Checked,
  nameWidth: number,
  width: number | null,
  style: TextStyle,
): string {
  const before = `  ${paint(status, style)}  ${name.padEnd(nameWidth)}  `;
  const indent = BELOW + nameWidth + 2;
  const onSameLine = width === null || width - indent >= LEAST_FOUND_WIDTH;
  const at = onSameLine ? indent : BELOW;
  const lines = width === null ? [oneLine(found)] : wrapCells(oneLine(found), width - at);
  const fixAt = width === null ? indent : BELOW;
  return [
    ...(onSameLine ? [] : [before.trimEnd()]),
    ...lines.map((line, index) => (onSameLine && index === 0 ? before : " ".repeat(at)) + line),
    ...(fix === null ? [] : fixLines(oneLine(fix), width).map((line) => " ".repeat(fixAt) + line)),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

const STATEMENT = /^((?:.* )?in psql[^:]*:) (.*)$/;

/**
 * A statement has a line of its own that is never wrapped, and a command is never broken: otherwise people
 * would copy a line break within a string, or two commands.
 */
function fixLines(text: string, width: number | null): string[] {
  const fix = `fix: ${text}`;
  if (width === null) return [fix];
  const [, prose = fix, statement = null] = STATEMENT.exec(fix) ?? [];
  const lines = [...wrapCells(prose, width - BELOW - 5, "commands")];
  if (statement !== null) lines.push(statement);
  return lines.map((line, index) => (index === 0 ? line : `     ${line}`));
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
