// The flags that every purge takes, and how it ends.
import type { LogConfig } from "../config/config.ts";
import type { Runtime } from "../runtime.ts";
import type { PurgeDependencies, PurgeOptions } from "./purge-in-batches.ts";
import type { RefusedRows } from "../runs/refused-rows.ts";
import type { RunReport } from "../runs/run.ts";
import { numbersOf } from "../runs/run-frame.ts";
import type { RunEnd } from "../monitoring/watched-run.ts";
import { readAction } from "../command-line/operator-action.ts";
import { purgedText } from "./purge.text.ts";
import { finishRun, isStopReported, type RunFlags } from "../runs/run.command.ts";
import { withProgress } from "../runs/show-progress.command.ts";
import { printRefused } from "../runs/print-refused.command.ts";
import { say } from "../terminal/say.ts";

export interface PurgeFlags extends RunFlags {
  readonly batchSize: number;
  readonly maxDuration?: number;
  readonly actor?: string;
}

/** @throws UsageError for an actor that does not fit the audit log */
export function readPurgeOptions(flags: PurgeFlags): PurgeOptions {
  return {
    batchSize: flags.batchSize,
    maxDurationMs: flags.maxDuration ?? null,
    dryRun: flags.dryRun === true,
    waitMs: flags.wait,
    actor: readAction(flags).actor,
  };
}

/** Adds the callback for progress, if someone watches. */
export function withPurgeProgress<T>(
  command: string,
  log: LogConfig,
  flags: PurgeFlags,
  runtime: Runtime,
  purge: (onProgress: Pick<PurgeDependencies, "onProgress">) => Promise<T>,
): Promise<T> {
  const level = flags.verbose === true ? "debug" : log.level;
  return withProgress(command, level, flags, runtime, ({ onProgress }) =>
    purge(onProgress === undefined ? {} : { onProgress }),
  );
}

/** Exit code 1 if a purge is done but the database refused rows. */
export function finishPurge(
  report: RunReport<RefusedRows>,
  flags: PurgeFlags,
  runtime: Runtime,
): RunEnd {
  const nothing = Object.values(numbersOf(report.counts)).every((count) => count === 0);
  const idle = report.outcome === "completed" && nothing;
  const ended = finishRun(report, flags, runtime, idle);
  const code = printRefused(report.command, report.counts, ended, runtime);
  printPurged(report, flags, runtime);
  return { report, code };
}

/** With -q only after a message about a failure, so that it is clear what was done. */
function printPurged(report: RunReport<RefusedRows>, flags: PurgeFlags, { stderr }: Runtime): void {
  if (flags.json === true || flags.dryRun === true) return;
  const failed = report.counts.refusedCount > 0 || isStopReported(report);
  if (flags.quiet === true && !failed) return;
  const text = purgedText(report) ?? (failed ? "Deleted nothing." : null);
  if (text !== null) say(stderr, `${text}\n`);
}
