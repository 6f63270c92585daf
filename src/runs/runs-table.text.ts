// The table of runs for people; `queue stats` uses it, too.
import chalk from "chalk";
import { DRY_RUN } from "./ledger.sql.ts";
import type { ListedRun } from "./runs.sql.ts";
import { idCell, NONE, whenItBegan, type TextStyle } from "../terminal/cells.ts";
import { foldRuns, type RunFold } from "./fold-runs.ts";
import { countLabel, outcomeLabel } from "./run.text.ts";
import { oneLine } from "../one-line.ts";
import { completeText, type DrawnTable } from "../terminal/drawn-table.ts";
import { drawEverything, drawTable, type Column } from "../terminal/table.ts";

export function runTable(runs: readonly ListedRun[], wide: boolean, style: TextStyle): DrawnTable {
  if (runs.length === 0) return completeText("");
  const columns = columnsOf(wide, style);
  if (!wide) return drawTable([...columns, WHY], runs, style.width);
  return completeText(drawEverything([...columns, ...MORE_COLUMNS], runs, style.width));
}

/** Below a run: how many later ones ended in the same way, and since when. */
export function foldedTable(runs: readonly ListedRun[], style: TextStyle): DrawnTable {
  const folds = foldRuns(runs, (run) =>
    [run.command, outcomeCell(run, style), countsText(run, false)].join(),
  );
  const shown = folds.map((fold) => fold.shown);
  const { text, leftOut } = runTable(shown, false, style);
  const lines = text.trimEnd().split("\n");
  const texts = lines.map((line, row) => `${line}\n${moreText(folds[row - 1], style)}`);
  return { text: runs.length === 0 ? "" : texts.join(""), leftOut };
}

function moreText(fold: RunFold | undefined, style: TextStyle): string {
  const first = fold?.folded.at(-1);
  if (fold === undefined || first === undefined) return "";
  const since = first.startedAt.toISOString().replace(/:\d\d\.\d+Z$/, "Z");
  const ended = outcomeCell(first, style);
  return `  ${fold.folded.length} more, ${ended}, since ${since} (-v: all)\n`;
}

/** For a single command, whose name is already shown. */
export function runTableOfOne(runs: readonly ListedRun[], style: TextStyle): DrawnTable {
  const columns = columnsOf(false, style).filter(({ head }) => head !== "COMMAND");
  return drawTable(columns, runs, style.width);
}

function columnsOf(wide: boolean, style: TextStyle): Column<ListedRun>[] {
  const started = whenItBegan("STARTED", wide, style);
  return [
    { head: "RUN", rank: 0, cell: ({ runId }) => idCell(runId, style) },
    { head: "COMMAND", rank: 2, cell: ({ command }) => oneLine(command) },
    { head: "OUTCOME", rank: 1, cell: (run) => outcomeCell(run, style) },
    {
      ...{ head: "COUNTS", rank: 4, cut: "list" },
      cell: (run) => oneLine(countsText(run, wide)),
    },
    {
      ...{ head: "DURATION", rank: 5 },
      cell: ({ durationMs }) => (durationMs === null ? NONE : elapsed(durationMs)),
    },
    { head: started.head, rank: 3, cell: ({ startedAt }) => started.cell(startedAt) },
  ];
}

const WHY: Column<ListedRun> = {
  ...{ head: "REASON", rank: 6, cut: "sentence", extra: true },
  cell: ({ reason }) => oneLine(reason ?? NONE),
};

const MORE_COLUMNS: readonly Column<ListedRun>[] = [
  { head: "HOST", rank: 6, cell: ({ host }) => oneLine(host) },
  { head: "PID", rank: 6, cell: ({ pid }) => String(pid) },
  { head: "VERSION", rank: 6, cell: ({ version }) => oneLine(version) },
  { head: "REASON", rank: 6, cut: "text", cell: ({ reason }) => oneLine(reason ?? NONE) },
];

/**
 * jsonb keeps no order. First what a run found, then what it did, failures first, because the end may be cut.
 */
const FOUND = ["due", "claimed", "batches"];
const DONE = ["failed", "rescued", "created", "adopted", "retried", "deferred", "deleted"];

/** Leaves out zeros, and in a narrow table also what a run only found. */
function countsText(run: ListedRun, wide: boolean): string {
  const { counts } = run;
  const known = [...FOUND, ...DONE];
  const others = Object.keys(counts).filter((name) => !known.includes(name));
  const shown = [...(wide ? FOUND : []), ...DONE, ...others.sort()];
  const texts = shown
    .filter((name) => (counts[name] ?? 0) > 0)
    .map((name) => `${countLabel(name, isDry(run))} ${counts[name]}`);
  return texts.length === 0 ? NONE : texts.join(", ");
}

function elapsed(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** Marks completed runs that did nothing, or not all. */
function outcomeCell(run: ListedRun, { color }: TextStyle): string {
  const { outcome } = run;
  if (isDry(run)) return DRY;
  const label = outcomeLabel(run);
  if (!color) return label;
  if (label !== outcome) return chalk.red(label);
  switch (outcome) {
    case "completed":
      return chalk.green(outcome);
    case "running":
      return chalk.cyan(outcome);
    case "stopped":
    case "paused":
    case "interrupted":
      return chalk.yellow(outcome);
    case "unavailable":
    case "refused":
    case "died":
      return chalk.red(outcome);
    default:
      return outcome satisfies never;
  }
}

const DRY = "dry run";

function isDry({ reason }: ListedRun): boolean {
  return reason?.startsWith(DRY_RUN) === true;
}
