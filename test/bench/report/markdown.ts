// The table of docs/performance.md, from the JSON that a run left, and the reasons of what was missed.
import { spread } from "../measure/spread.ts";
import type { Report } from "./json.ts";

const HEAD = ["what", "this tool", "compared with", "ratio", "goal", "met"];

export function markdown(report: Report): string {
  const { rows } = report;
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  const [head = [], ...body] = cells;
  const missed = rows
    .filter(({ met }) => met === false)
    .map(({ what, limit }) => `- **${what}**${limit === undefined ? "" : `: ${limit}`}`);
  return [
    circumstances(report),
    "",
    ...[line(head), rule, ...body.map(line)],
    ...(missed.length === 0 ? [] : ["", "These goals were missed:", "", ...missed]),
    "",
  ].join("\n");
}

function cellsOf(row: Report["rows"][number]): string[] {
  const { what, ours, theirs, rounds, goal, met, missedRounds } = row;
  const sign = goal?.is === "at least" ? "≥" : "≤";
  const missed = rounds.length > 1 ? `no, ${missedRounds} of ${rounds.length} rounds missed` : "no";
  return [
    ...[what, ours, theirs, spread(rounds)],
    ...(goal === null ? ["none", ""] : [`${sign} ${goal.ratio}`, met === true ? "yes" : missed]),
  ];
}

function circumstances(report: Report): string {
  const { machine, load, scale, seconds } = report;
  return (
    `Measured on ${report.startedAt.slice(0, 10)} in ${Math.round(seconds / 60)} minutes, ${scale} sizes: ` +
    `${machine.cpus} cores of ${machine.model.trim()}, ${Math.round(machine.memoryGb)} GB, ` +
    `Postgres ${report.postgres.split(" ")[0]}, Node ${report.node.replace("v", "")}; ` +
    `load ${load.map((value) => value.toFixed(2)).join(" at the start, ")} at the end.`
  );
}
