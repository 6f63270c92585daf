// The one table on stdout: what, ours, theirs, the ratio, the goal, and whether it is met.
import { spread } from "../measure/spread.ts";
import type { Verdict } from "../row.ts";
import { inWords, judge } from "./judgement.ts";

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
  const missed = verdicts.filter((verdict) => judge(verdict).met === false);
  return missed
    .flatMap(({ what, limit }) => (limit === undefined ? [] : `\n${what}:\n  ${limit}\n`))
    .join("");
}

function cells(verdict: Verdict): string[] {
  const { what, ours, theirs, rounds, goal } = verdict;
  const sign = goal?.is === "at least" ? ">=" : "<=";
  const asked = goal === null ? "" : `${sign} ${goal.ratio}`;
  return [what, ours, theirs, spread(rounds), asked, inWords(verdict)];
}
