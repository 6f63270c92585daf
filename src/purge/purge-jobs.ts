// Retention: deletes old completed jobs with their history, and erases the passwords of old failed ones.
import {
  countOldJobs,
  eraseFailedPasswords,
  purgeCompletedJobs,
  purgeJobsCompletedElsewhere,
  purgeOldRuns,
  purgeOrphanedAttempts,
  type PurgedJobs,
} from "./purge-jobs.sql.ts";
import { cutoff } from "./purge-batch.sql.ts";
import {
  purgeInBatches,
  type PurgeDependencies,
  type PurgeOptions,
  type PurgeReport,
} from "./purge-in-batches.ts";

export interface JobPurgeOptions extends PurgeOptions {
  /** How long a completed job is kept after its completion; also for runs, and for attempts without a job. */
  readonly retentionMs: number;
  /** How long a failed job keeps its encrypted password, so that it can be requeued. */
  readonly passwordRetentionMs: number;
}

const NOTHING = { deleted: 0, erased: 0, attempts: 0, runs: 0 };

/** The audit log of operator actions is kept for ever. */
export function purgeJobs(
  options: JobPurgeOptions,
  deps: PurgeDependencies,
): Promise<PurgeReport<keyof PurgedJobs>> {
  return purgeInBatches("purge-jobs", NOTHING, options, deps, async (db) => {
    const before = await cutoff(db, options.retentionMs);
    const failedBefore = await cutoff(db, options.passwordRetentionMs);
    return {
      count: () => countOldJobs(db, before, failedBefore),
      sweeps: [
        // The most sensitive data goes first, in case the time does not suffice.
        { before: failedBefore, purge: eraseFailedPasswords },
        { before, purge: purgeCompletedJobs },
        { before, purge: purgeJobsCompletedElsewhere },
        { before, purge: purgeOrphanedAttempts },
        { before, purge: purgeOldRuns },
      ],
    };
  });
}
