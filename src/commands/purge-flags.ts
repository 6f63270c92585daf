// The flags that every purge takes, and how it ends.
import type { Runtime } from "../runtime.ts";
import type { PurgeOptions, PurgeReport } from "../use-cases/purge-in-batches.ts";
import type { RunEnd } from "./monitored.ts";
import { readAction } from "./operator-action.ts";
import { finishRun, type RunFlags } from "./run-flags.ts";

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

export function finishPurge(
  report: PurgeReport<string>,
  flags: PurgeFlags,
  runtime: Runtime,
): RunEnd {
  const nothing = Object.values(report.counts).every((count) => count === 0);
  const idle = report.outcome === "completed" && nothing;
  return { report, code: finishRun(report, flags, runtime, idle) };
}
