// The loop of every purge: one batch after the other, until none is left or something ends the run.
import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "../store/database.ts";
import type { ChangingCommand } from "../store/needed-privileges.ts";
import type { PurgedBatch, PurgeSlice, Transacting } from "../store/purge-batch.ts";
import { withinTime } from "../store/within-time.ts";
import { createBatchPace } from "./batch-pace.ts";
import { createBrakes, OUT_OF_TIME, type Brakes } from "./brakes.ts";
import { COUNT_TIMEOUT_MS, totalOf, type OnProgress } from "./progress.ts";
import type { Run } from "./run-frame.ts";
import { withRun, type RunDependencies, type RunReport } from "./run.ts";

export interface PurgeOptions {
  /** The most; fewer where so many would lock their rows for long. */
  readonly batchSize: number;
  readonly maxDurationMs: number | null;
  readonly dryRun: boolean;
  readonly waitMs: number;
  /** For the audit. */
  readonly actor: string;
}

export interface PurgeDependencies extends RunDependencies {
  readonly interrupted: AbortSignal;
  readonly onProgress?: OnProgress;
}

type Numbers<What extends string> = Readonly<Record<What, number>>;

/** One kind of old rows. */
export interface Sweep<What extends string> {
  readonly before: string;
  readonly purge: (db: Transacting, slice: PurgeSlice) => Promise<PurgedBatch<Numbers<What>>>;
}

export interface PurgePlan<What extends string> {
  /** For --dry-run: what the sweeps would purge. */
  readonly count: () => Promise<Numbers<What>>;
  readonly sweeps: readonly Sweep<What>[];
}

/** Counts of what was purged (with --dry-run: would be), and of the batches that purged anything. */
export type PurgeReport<What extends string> = RunReport<Numbers<What | "batches">>;

/** Each batch commits by itself: what a killed run purged stays purged, the next run goes on. */
export async function purgeInBatches<What extends string>(
  command: ChangingCommand,
  nothing: Numbers<What>,
  options: PurgeOptions,
  deps: PurgeDependencies,
  plan: (db: Queryable) => Promise<PurgePlan<What>>,
): Promise<PurgeReport<What>> {
  const none = { ...nothing, batches: 0 } as Numbers<What | "batches">;
  const locking = { ...options, interrupted: deps.interrupted };
  return withRun(command, none, locking, deps, async (run) => {
    const { count, sweeps } = await plan(run.lock);
    if (options.dryRun) return { counts: { ...none, ...(await count()) }, stop: null };
    const onCounts = await follow(run, count, deps);
    await run.begin();
    const brakes = createBrakes({
      maxDurationMs: run.timeLeftMs(options.maxDurationMs),
      interrupted: deps.interrupted,
      lockLost: run.lock.lost,
      onStop: () => undefined,
    });
    try {
      return await sweepAll(sweeps, none, options, { ...run, soFar: onCounts }, brakes);
    } finally {
      brakes.dispose();
    }
  });
}

/** Tells the run, and whoever looks on, what was purged so far. */
async function follow<What extends string>(
  run: Run<Numbers<What | "batches">>,
  count: () => Promise<Numbers<What>>,
  { onProgress }: PurgeDependencies,
): Promise<(counts: Numbers<What | "batches">) => void> {
  if (onProgress === undefined) return (counts) => run.soFar(counts);
  const found = await withinTime(run.lock, COUNT_TIMEOUT_MS, count);
  const total = found === null ? null : totalOf(found);
  onProgress({ done: 0, total, counts: {} });
  return (counts) => {
    run.soFar(counts);
    const { batches: _, ...purged }: Readonly<Record<string, number>> = counts;
    onProgress({ done: totalOf(purged), total, counts: purged });
  };
}

async function sweepAll<What extends string>(
  sweeps: readonly Sweep<What>[],
  none: Numbers<What | "batches">,
  { batchSize, actor }: PurgeOptions,
  run: Run<Numbers<What | "batches">>,
  brakes: Brakes,
) {
  let counts = none;
  for (const { before, purge } of sweeps) {
    let from = "-infinity";
    // One for each kind: a row to delete and one to change take different times.
    const pace = createBatchPace(batchSize);
    for (let more = true; more;) {
      const stop = brakes.pulled();
      if (stop !== null) return { counts, stop };
      const limit = pace.rows();
      const startMs = performance.now();
      const batch = await purge(run.db, { before, from, limit, actor });
      const tookMs = performance.now() - startMs;
      counts = sum(counts, { ...batch.counts, batches: batch.reached === null ? 0 : 1 });
      run.soFar(counts);
      from = batch.reached ?? from;
      more = batch.taken === limit;
      const pauseMs = pace.pauseAfter({ tookMs, nextXid: batch.nextXid });
      if (more && pauseMs > 0) await sleep(pauseMs);
    }
  }
  // Time that ran out with the last batch stopped nothing.
  const stop = brakes.pulled();
  return { counts, stop: stop === OUT_OF_TIME ? null : stop };
}

function sum<What extends string>(a: Numbers<What>, b: Numbers<What>): Numbers<What> {
  const names = Object.keys(a) as What[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Numbers<What>;
}
