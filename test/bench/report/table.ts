// The one table on stdout: what, ours, theirs, the ratio, the goal, and whether it is met.
import { figure } from "../measure/spread.ts";
import { isMet, type Verdict } from "../row.ts";

const HEAD = ["WHAT", "OURS", "PEER OR FLOOR", "RATIO", "GOAL", "VERDICT"];

export function table(verdicts: readonly Verdict[]): string {
  const rows = [HEAD, ...verdicts.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n${limits(verdicts)}`;
}

/** Why each goal that was missed is out of reach. */
function limits(verdicts: readonly Verdict[]): string {
  const missed = verdicts.filter((verdict) => !isMet(verdict) && verdict.limit !== undefined);
  return missed.map(({ what, limit }) => `\n${what}:\n  ${limit}\n`).join("");
}

function cells(verdict: Verdict): string[] {
  const { what, ours, theirs, ratio, goal } = verdict;
  const sign = goal?.is === "at least" ? ">=" : "<=";
  const asked = goal === null ? "" : `${sign} ${goal.ratio}`;
  return [what, ours, theirs, figure(ratio), asked, judgement(verdict)];
}

/** By how much a goal is missed: 1.1 times where a tenth is lacking. */
function judgement(verdict: Verdict): string {
  const { ratio, goal } = verdict;
  if (goal === null) return "shown";
  if (isMet(verdict)) return "met";
  const short = goal.is === "at least" ? goal.ratio / ratio : ratio / goal.ratio;
  return `missed ${figure(short)} times`;
}
