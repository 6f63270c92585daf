// Deletes invitations that expired longer ago than the grace.
import {
  countExpiredInvitations,
  purgeCutoff,
  purgeInvitations,
} from "../store/invitation-store.ts";
import { createBrakes, OUT_OF_TIME } from "./brakes.ts";
import { withRun, type Run, type RunDependencies, type RunReport } from "./run.ts";

export interface PurgeOptions {
  readonly graceMs: number;
  readonly batchSize: number;
  readonly maxDurationMs: number | null;
  readonly dryRun: boolean;
  readonly waitMs: number;
}

export interface PurgeCounts {
  /** With --dry-run, what would be deleted. */
  readonly deleted: number;
  readonly batches: number;
}

export interface PurgeDependencies extends RunDependencies {
  readonly interrupted: AbortSignal;
}

/** Each batch commits by itself: what a killed run deleted stays deleted, the next run goes on. */
export async function purgeExpiredInvitations(
  options: PurgeOptions,
  deps: PurgeDependencies,
): Promise<RunReport<PurgeCounts>> {
  const nothing = { deleted: 0, batches: 0 };
  const locking = { ...options, interrupted: deps.interrupted };
  return withRun("purge-invitations", nothing, locking, deps, async (run) => {
    const cutoff = await purgeCutoff(run.lock, options.graceMs);
    if (options.dryRun) {
      const deleted = await countExpiredInvitations(run.lock, cutoff);
      return { counts: { deleted, batches: 0 }, stop: null };
    }
    return purge(run, cutoff, options, deps);
  });
}

async function purge(
  run: Run<PurgeCounts>,
  cutoff: string,
  options: PurgeOptions,
  deps: PurgeDependencies,
) {
  await run.begin();
  const brakes = createBrakes({
    ...options,
    interrupted: deps.interrupted,
    lockLost: run.lock.lost,
    onStop: () => undefined,
  });
  let counts = { deleted: 0, batches: 0 };
  let from: string = "-infinity";
  try {
    while (brakes.pulled() === null) {
      const batch = await purgeInvitations(run.db, cutoff, from, options.batchSize);
      if (batch.deleted === 0) return { counts, stop: null };
      counts = { deleted: counts.deleted + batch.deleted, batches: counts.batches + 1 };
      run.soFar(counts);
      from = batch.reached ?? from;
      if (batch.deleted < options.batchSize) {
        // Time that ran out with the last batch stopped nothing.
        const stop = brakes.pulled();
        return { counts, stop: stop === OUT_OF_TIME ? null : stop };
      }
    }
    return { counts, stop: brakes.pulled() };
  } finally {
    brakes.dispose();
  }
}
