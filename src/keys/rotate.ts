// Re-encrypts the passwords of waiting jobs with the ring's first key, batch by batch.
import { setTimeout as sleep } from "node:timers/promises";
import { proveFirstKey } from "../passwords/reseal.ts";
import type { HeldLock } from "../lock/lock-attempt.ts";
import { countEnvelopes, listEnvelopes, type Envelope } from "./envelopes.sql.ts";
import type { OperatorAction } from "../domain/operator-action.ts";
import { withinTime } from "../postgres/within-time.ts";
import { createBatchPace } from "../postgres/batch-pace.ts";
import { createStopConditions, OUT_OF_TIME } from "../runs/stop-conditions.ts";
import { COUNT_TIMEOUT_MS, totalOf, type OnProgress } from "../terminal/progress-count.ts";
import {
  addCounts,
  NONE_ROTATED,
  rotateBatch,
  type BatchDependencies,
  type RotateCounts,
} from "./rotate-batch.ts";
import { describeLeft } from "../runs/describe-left.ts";
import type { Run } from "../runs/run-frame.ts";
import { withRun, type RunDependencies, type RunReport } from "../runs/run.ts";

export interface RotateOptions {
  /** The largest batch; it is smaller if that many rows would stay locked for long. */
  readonly batchSize: number;
  readonly maxDurationMs: number | null;
  readonly dryRun: boolean;
  readonly waitMs: number;
  readonly action: OperatorAction;
}

export interface RotateDependencies extends RunDependencies, BatchDependencies {
  readonly interrupted: AbortSignal;
  readonly onProgress?: OnProgress;
}

export type RotateReport = RunReport<RotateCounts>;

/**
 * Each batch commits separately, and jobs with the first key are skipped: a killed run has lost nothing, and
 * the next one continues. Completed jobs have no password, and jobs that a run holds are left to that run.
 * @throws ConfigError before anything is changed; the report has the reason of an early end
 */
export async function rotateKeys(
  options: RotateOptions,
  deps: RotateDependencies,
): Promise<RotateReport> {
  await proveFirstKey(deps.ring);
  const locking = { ...options, interrupted: deps.interrupted };
  return withRun("keys rotate", NONE_ROTATED, locking, deps, async (run) => {
    const total = deps.onProgress && (await countWithin(run.lock));
    if (options.dryRun) await run.lock.releaseSnapshot();
    else await run.begin();
    const onCounts = (counts: RotateCounts) => {
      run.soFar(counts);
      const { batches: _, missingKeys: _keys, refused: _rows, refusedCount, ...others } = counts;
      const jobs = { ...others, refused: refusedCount };
      deps.onProgress?.({ done: totalOf(jobs), total: total ?? null, counts: jobs });
    };
    onCounts(NONE_ROTATED);
    return rotate({ ...run, soFar: onCounts }, options, deps);
  });
}

function countWithin(lock: HeldLock): Promise<number | null> {
  return withinTime(lock, COUNT_TIMEOUT_MS, () => countEnvelopes(lock));
}

async function rotate(run: Run<RotateCounts>, options: RotateOptions, deps: RotateDependencies) {
  const stopping = createStopConditions({
    maxDurationMs: run.timeLeftMs(options.maxDurationMs),
    interrupted: deps.interrupted,
    lockLost: run.lock.lost,
    onStop: () => undefined,
  });
  let counts = NONE_ROTATED;
  let after: Envelope | null = null;
  const pace = createBatchPace(options.batchSize);
  try {
    while (stopping.reason() === null) {
      const limit = pace.rows();
      const batch: Envelope[] = await listEnvelopes(run.db, after, limit);
      const rotated = await rotateBatch(run.db, batch, options, deps);
      counts = addCounts(counts, rotated.counts);
      // First recorded, then reported: after the report an operator may destroy the old keys.
      if (rotated.written !== null) await run.record(counts);
      run.soFar(counts);
      after = batch.at(-1) ?? null;
      if (batch.length < limit) {
        // If the time ran out with the last batch, nothing was stopped.
        const stop = stopping.reason();
        const left = describeLeft(counts.missingKeys, counts);
        const remark = options.dryRun ? null : left;
        return { counts, stop: stop === OUT_OF_TIME ? null : stop, remark };
      }
      const pauseMs = rotated.written === null ? 0 : pace.pauseAfter(rotated.written);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    return { counts, stop: stopping.reason() };
  } finally {
    stopping.dispose();
  }
}
