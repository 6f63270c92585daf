// What a scheduled command says at its end: one line for people, one object for scripts.
import type { RunReport } from "../use-cases/run.ts";

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

export function runText(report: RunReport<object>, dryRun: boolean): string {
  const numbers = Object.entries(report.counts)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name} ${String(value)}`);
  const ending =
    report.reason === null || report.outcome === "completed"
      ? report.outcome
      : `${report.outcome}: ${report.reason}`;
  const lost =
    report.linesLost === 0 ? "" : `, lines that could not be written: ${report.linesLost}`;
  const what = dryRun ? "dry run, nothing changed, would be: " : "";
  return `${report.command}: ${what}${numbers.join(", ")} in ${report.durationMs} ms (${ending}${lost})`;
}
