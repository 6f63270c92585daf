// The loop of every purge: batch after batch, until no rows are left or something ends the run.
import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "../postgres/database.ts";
import type { ChangingCommand } from "../queue-table/needed-privileges.sql.ts";
import type { Transacting } from "./purge-batch.sql.ts";
import { FIRST_PLACE, type PurgedBatch, type PurgeSlice } from "./purge-rows.sql.ts";
import { withinTime } from "../postgres/within-time.ts";
import { createBatchPace } from "../postgres/batch-pace.ts";
import { createStopConditions, OUT_OF_TIME, type StopConditions } from "../runs/stop-conditions.ts";
import { COUNT_TIMEOUT_MS, totalOf, type OnProgress } from "../terminal/progress-count.ts";
import {
  addRefused,
  describeRefused,
  NONE_REFUSED,
  type RefusedRows,
} from "../runs/refused-rows.ts";
import type { Run, WorkResult } from "../runs/run-frame.ts";
import { withRun, type RunDependencies, type RunReport } from "../runs/run.ts";
import type { Tracer } from "../tracing.ts";

export interface PurgeOptions {
  /** The largest batch; it is smaller if that many rows would stay locked for long. */
  readonly batchSize: number;
  readonly maxDurationMs: number | null;
  readonly dryRun: boolean;
  readonly waitMs: number;
  /** For the audit log. */
  readonly actor: string;
}

export interface PurgeDependencies extends RunDependencies {
  readonly interrupted: AbortSignal;
  readonly onProgress?: OnProgress;
}

type Numbers<What extends string> = Readonly<Record<What, number>>;

/** One type of old rows. */
export interface Sweep<What extends string> {
  readonly before: string;
  readonly purge: (db: Transacting, slice: PurgeSlice) => Promise<PurgedBatch<Numbers<What>>>;
}

export interface PurgePlan<What extends string> {
  /** For --dry-run: what the sweeps would purge. */
  readonly count: () => Promise<Numbers<What>>;
  readonly sweeps: readonly Sweep<What>[];
}

/**
 * The purged rows (with --dry-run: those that would be), the batches that purged any, and the rows that the
 * database refused.
 */
export type PurgeCounts<What extends string> = Numbers<What | "batches"> & RefusedRows;

export type PurgeReport<What extends string> = RunReport<PurgeCounts<What>>;

/** Each batch commits separately: a killed run keeps what it purged, and the next run continues. */
export async function purgeInBatches<What extends string>(
  command: ChangingCommand,
  nothing: Numbers<What>,
  options: PurgeOptions,
  deps: PurgeDependencies,
  plan: (db: Queryable) => Promise<PurgePlan<What>>,
): Promise<PurgeReport<What>> {
  const none = { ...nothing, batches: 0, ...NONE_REFUSED } as PurgeCounts<What>;
  const locking = { ...options, interrupted: deps.interrupted };
  return withRun(command, none, locking, deps, async (run) => {
    const { count, sweeps } = await plan(run.lock);
    if (options.dryRun) return { counts: { ...none, ...(await count()) }, stop: null };
    const onCounts = await trackProgress(run, count, deps);
    await run.begin();
    const stopping = createStopConditions({
      maxDurationMs: run.timeLeftMs(options.maxDurationMs),
      interrupted: deps.interrupted,
      lockLost: run.lock.lost,
      onStop: () => undefined,
    });
    try {
      return await sweepAll(
        sweeps,
        none,
        options,
        { ...run, soFar: onCounts },
        stopping,
        deps.tracer,
      );
    } finally {
      stopping.dispose();
    }
  });
}

/** Reports to the run, and to the progress display, what was purged so far. */
async function trackProgress<What extends string>(
  run: Run<PurgeCounts<What>>,
  count: () => Promise<Numbers<What>>,
  { onProgress }: PurgeDependencies,
): Promise<(counts: PurgeCounts<What>) => void> {
  if (onProgress === undefined) return (counts) => run.soFar(counts);
  const found = await withinTime(run.lock, COUNT_TIMEOUT_MS, count);
  const total = found === null ? null : totalOf(found);
  onProgress({ done: 0, total, counts: {} });
  return (counts) => {
    run.soFar(counts);
    const { batches: _, refused: _rows, refusedCount, ...purged } = counts;
    const shown: Readonly<Record<string, number>> = { ...purged, refused: refusedCount };
    onProgress({ done: totalOf(shown), total, counts: shown });
  };
}

async function sweepAll<What extends string>(
  sweeps: readonly Sweep<What>[],
  none: PurgeCounts<What>,
  { batchSize, actor }: PurgeOptions,
  run: Run<PurgeCounts<What>>,
  stopping: StopConditions,
  tracer: Tracer,
): Promise<WorkResult<PurgeCounts<What>>> {
  let counts = none;
  for (const { before, purge } of sweeps) {
    let from = FIRST_PLACE;
    let parted = false;
    // One for each type: deleting a row and changing one take different times.
    const pace = createBatchPace(batchSize);
    for (let more = true; more;) {
      const stop = stopping.reason();
      if (stop !== null) return { counts, stop };
      const limit = pace.rows();
      const slice = { before, from, limit, actor, parted };
      const batch = await tracer.step("purge a batch", {}, async (span) => {
        const purged = await purge(run.db, slice);
        // First recorded, then reported: that a password was erased must be true after a crash of Postgres, too.
        if (purged.taken > 0) await run.record(sum(counts, purged));
        span.set({ "db.operation.batch.size": purged.taken });
        return purged;
      });
      counts = sum(counts, batch);
      run.soFar(counts);
      from = batch.reached;
      parted = batch.refused.length > 0;
      more = batch.taken === limit;
      const { lockedMs: tookMs, nextXid, ownXids } = batch;
      const pauseMs = pace.pauseAfter({ tookMs, nextXid, ownXids });
      if (more && pauseMs > 0) await sleep(pauseMs);
    }
  }
  // If the time ran out with the last batch, nothing was stopped.
  const stop = stopping.reason();
  return { counts, stop: stop === OUT_OF_TIME ? null : stop, remark: describeRefused(counts) };
}

function sum<What extends string>(
  sums: PurgeCounts<What>,
  { counts, refused, taken }: PurgedBatch<Numbers<What>>,
): PurgeCounts<What> {
  const names = Object.keys(counts) as What[];
  const added = Object.fromEntries(names.map((name) => [name, sums[name] + counts[name]]));
  const batches = sums.batches + (taken > refused.length ? 1 : 0);
  return { ...sums, ...added, batches, ...addRefused(sums, refused) };
}
