// The ledger of runs for people and for other programs.
import chalk from "chalk";
import type { ListedRun } from "../store/run-list.ts";
import { NONE, oneLine, time, type TextStyle } from "./cells.ts";
import type { PlainFormat } from "./list-formats.ts";
import { plainTable } from "./plain-table.ts";

interface Page {
  readonly runs: readonly ListedRun[];
  readonly nextCursor: string | null;
}

export function formatRuns(page: Page, format: PlainFormat, style: TextStyle): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(page)}\n`;
    case "jsonl":
      return page.runs.map((run) => `${JSON.stringify(run)}\n`).join("");
    case "name":
      return page.runs.map((run) => `${run.runId}\n`).join("");
    case "table":
    case "wide":
      return runTable(page.runs, format === "wide", style);
    default:
      return format satisfies never;
  }
}

export function runTable(runs: readonly ListedRun[], wide: boolean, style: TextStyle): string {
  if (runs.length === 0) return "";
  const started = style.terminal ? "AGE" : "STARTED";
  const head = ["RUN", "COMMAND", "OUTCOME", "COUNTS", "DURATION", started];
  if (wide) head.push("HOST", "PID", "VERSION", "REASON");
  const rows = runs.map((run) => {
    const cells = [
      run.runId,
      oneLine(run.command),
      coloredOutcome(run.outcome, style),
      oneLine(countsText(run.counts, wide)),
      run.durationMs === null ? NONE : elapsed(run.durationMs),
      time(run.startedAt, style),
    ];
    if (!wide) return cells;
    const { host, pid, version, reason } = run;
    return [...cells, oneLine(host), String(pid), oneLine(version), oneLine(reason ?? NONE)];
  });
  return plainTable(head, rows);
}

/** jsonb keeps no order. What a run found comes first, then what it did. */
const FOUND = ["due", "claimed", "batches"];
const DONE = ["rescued", "created", "adopted", "retried", "failed", "deferred", "deleted"];

/** Zeros are left out, and from a narrow table also what a run only found. */
function countsText(counts: Readonly<Record<string, number>>, wide: boolean): string {
  const known = [...FOUND, ...DONE];
  const others = Object.keys(counts).filter((name) => !known.includes(name));
  const shown = [...(wide ? FOUND : []), ...DONE, ...others.sort()];
  const texts = shown
    .filter((name) => (counts[name] ?? 0) > 0)
    .map((name) => `${name} ${counts[name]}`);
  return texts.length === 0 ? NONE : texts.join(", ");
}

function elapsed(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function coloredOutcome(outcome: ListedRun["outcome"], { color }: TextStyle): string {
  if (!color) return outcome;
  switch (outcome) {
    case "completed":
      return chalk.green(outcome);
    case "running":
      return chalk.cyan(outcome);
    case "stopped":
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
