// The flags that every purge takes, and how it ends.
import type { LogConfig } from "../config/config.ts";
import type { Runtime } from "../runtime.ts";
import type { PurgeDependencies, PurgeOptions } from "../use-cases/purge-in-batches.ts";
import type { RefusedRows } from "../use-cases/refused-rows.ts";
import type { RunReport } from "../use-cases/run.ts";
import { numbersOf } from "../use-cases/run-frame.ts";
import type { RunEnd } from "./monitored.ts";
import { readAction } from "./operator-action.ts";
import { finishRun, type RunFlags } from "./run-flags.ts";
import { withProgress } from "./show-progress.ts";
import { tellRefused } from "./tell-refused.ts";

export interface PurgeFlags extends RunFlags {
  readonly batchSize: number;
  readonly maxDuration?: number;
  readonly actor?: string;
}

/** @throws UsageError for an actor that the audit cannot hold */
export function readPurgeOptions(flags: PurgeFlags): PurgeOptions {
  return {
    batchSize: flags.batchSize,
    maxDurationMs: flags.maxDuration ?? null,
    dryRun: flags.dryRun === true,
    waitMs: flags.wait,
    actor: readAction(flags).actor,
  };
}

/** The part of the dependencies that tells how far it has come, where somebody looks on. */
export function withPurgeProgress<T>(
  command: string,
  log: LogConfig,
  flags: PurgeFlags,
  runtime: Runtime,
  purge: (onProgress: Pick<PurgeDependencies, "onProgress">) => Promise<T>,
): Promise<T> {
  const level = flags.verbose === true ? "debug" : log.level;
  return withProgress(command, level, flags, runtime, ({ stderr: _, ...onProgress }) =>
    purge(onProgress),
  );
}

/** Exit code 1 for a purge that came to its end and had to leave rows. */
export function finishPurge(
  report: RunReport<RefusedRows>,
  flags: PurgeFlags,
  runtime: Runtime,
): RunEnd {
  const nothing = Object.values(numbersOf(report.counts)).every((count) => count === 0);
  const idle = report.outcome === "completed" && nothing;
  const code = finishRun(report, flags, runtime, idle);
  return { report, code: tellRefused(report.command, report.counts, code, runtime) };
}
