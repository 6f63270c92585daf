// The summary of a scheduled command: one line for people, one JSON object for scripts.
import { MISSING_KEYS } from "./incident.sql.ts";
import type { RunReport } from "./run.ts";
import { numbersOf } from "./run-frame.ts";

export function runJson(report: RunReport<object>): string {
  const { command, runId, outcome, reason, startedAt, finishedAt, durationMs } = report;
  return JSON.stringify({
    command,
    runId,
    outcome,
    reason,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs,
    ...report.counts,
    ...(report.linesLost > 0 && { linesLost: report.linesLost }),
  });
}

/** @param withReason why it ended early; not if the next line says so */
export function runText(report: RunReport<object>, dryRun: boolean, withReason = true): string {
  const numbers = Object.entries(numbersOf(report.counts))
    // Rare counts are shown only above 0.
    .filter(([name, value]) => !RARE.has(name) || value > 0)
    // A dry run has no batches.
    .filter(([name]) => !dryRun || name !== "batches")
    .map(([name, value]) => `${countLabel(name, dryRun)} ${value}`);
  const label = outcomeLabel(report);
  const { outcome, reason } = report;
  const plain = reason === null || outcome === "completed" || !withReason;
  const ending = plain ? label : `${label}: ${reason}`;
  const lost =
    report.linesLost === 0 ? "" : `, lines that could not be written: ${report.linesLost}`;
  const would = "deleted" in report.counts ? "would try " : "would find: ";
  const what = dryRun ? `dry run, nothing changed; a run ${would}` : "";
  return `${report.command}: ${what}${numbers.join(", ")} in ${report.durationMs} ms (${ending}${lost})`;
}

/** A run that left jobs because keys are missing is not called completed. */
export function outcomeLabel({
  outcome,
  reason,
}: {
  readonly outcome: string;
  readonly reason: string | null;
}): string {
  const keyless = outcome === "completed" && reason?.startsWith(MISSING_KEYS) === true;
  return keyless ? "keys missing" : outcome;
}

const RARE = new Set(["refusedCount", "deletedMeanwhile"]);

/** For a dry run, which cannot know whether the database allows the deletion. */
const TRIED: ReadonlyMap<string, string> = new Map([
  ["deleted", "to delete"],
  ["erased", "to erase"],
]);

/** How people read a count in a report or in the ledger. */
export function countLabel(name: string, dryRun: boolean): string {
  const tried = dryRun ? TRIED.get(name) : undefined;
  if (tried !== undefined) return tried;
  if (name === "refusedCount") return "refused";
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
