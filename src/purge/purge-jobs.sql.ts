// Retention: old completed jobs and old history are deleted, passwords of old failed jobs erased.
//
// Indexes of migration 0004 are used only where a statement repeats their conditions exactly.
import type { Queryable } from "../postgres/database.ts";
import { purgeBatch, type Transacting } from "./purge-batch.sql.ts";
import { countOf, type Purge, type PurgedBatch, type PurgeSlice } from "./purge-rows.sql.ts";
import { POSSIBLE, QUEUE, STATUS } from "../queue-table/queue.sql.ts";

export interface PurgedJobs {
  readonly deleted: number;
  readonly erased: number;
  readonly attempts: number;
  readonly runs: number;
}

type Counts = Readonly<Record<keyof PurgedJobs, string>>;
const NONE: Counts = { deleted: "0", erased: "0", attempts: "0", runs: "0" };
const PURGED = "select count(*) from purged";

const JOBS = { rows: `${QUEUE} q`, key: "q.id", keyType: "uuid" } as const;

const COMPLETED = {
  verb: "purge-jobs",
  ...JOBS,
  also: `attempts as (
      delete from family_hub_jobs.attempts a
      where a.job_id = any (array (select id from purged))
      returning a.attempt_id
    )`,
  counts: { ...NONE, deleted: PURGED, attempts: "select count(*) from attempts" },
} as const;

const COMPLETED_BY_US: Purge = {
  ...COMPLETED,
  age: "q.completed_at",
  where: `${STATUS} = 'completed' and q.completed_at is not null`,
};

/** Completed by the API or an older worker, which do not set `completed_at`. */
const COMPLETED_ELSEWHERE: Purge = {
  ...COMPLETED,
  age: "q.updated_at",
  where: `${STATUS} = 'completed' and q.completed_at is null`,
};

const FAILED: Purge = {
  verb: "purge-jobs",
  ...JOBS,
  age: "q.updated_at",
  where: `${STATUS} = 'failed' and q.next_retry_at is null and q.encrypted_password::text <> '' and ${POSSIBLE}`,
  // `updated_at` does not change: it shows since when the job has been failed.
  change: { set: "encrypted_password = ''", stands: "q.encrypted_password::text = ''" },
  counts: { ...NONE, erased: PURGED },
};

/** The API deletes jobs without notice, and their attempts remain. */
const ORPHANED: Purge = {
  verb: "purge-jobs",
  rows: "family_hub_jobs.attempts a",
  ...{ key: "a.attempt_id", keyType: "bigint" },
  age: "a.finished_at",
  // For `not exists`, the planner would use a join that reads the whole queue.
  where: `(select true from ${QUEUE} q where q.id = a.job_id) is null`,
  counts: { ...NONE, attempts: PURGED },
};

const RUNS: Purge = {
  verb: "purge-jobs",
  rows: "family_hub_jobs.runs r",
  ...{ key: "r.run_id", keyType: "uuid" },
  age: "r.started_at",
  where: "true",
  counts: { ...NONE, runs: PURGED },
};

type Purging = (db: Transacting, slice: PurgeSlice) => Promise<PurgedBatch<PurgedJobs>>;

/** Also deletes their attempts, whatever their age. */
export const purgeCompletedJobs: Purging = (db, slice) => purgeBatch(db, COMPLETED_BY_US, slice);

export const purgeJobsCompletedElsewhere: Purging = (db, slice) =>
  purgeBatch(db, COMPLETED_ELSEWHERE, slice);

/** The jobs stay failed: without a password none of them can be requeued. */
export const eraseFailedPasswords: Purging = (db, slice) => purgeBatch(db, FAILED, slice);

export const purgeOrphanedAttempts: Purging = (db, slice) => purgeBatch(db, ORPHANED, slice);

export const purgeOldRuns: Purging = (db, slice) => purgeBatch(db, RUNS, slice);

/**
 * What all of these would purge.
 * @param before, failedBefore the database's time as text; the second is for passwords
 */
export async function countOldJobs(
  db: Queryable,
  before: string,
  failedBefore: string,
): Promise<PurgedJobs> {
  const [row] = await db.query<PurgedJobs>(
    `select ${countOf(COMPLETED_BY_US, "$1")} + ${countOf(COMPLETED_ELSEWHERE, "$1")} as deleted,
            ${countOf(FAILED, "$2")} as erased,
            ${countAttemptsOf(COMPLETED_BY_US, "$1")} + ${countAttemptsOf(COMPLETED_ELSEWHERE, "$1")}
              + ${countOf(ORPHANED, "$1")} as attempts,
            ${countOf(RUNS, "$1")} as runs`,
    [before, failedBefore],
  );
  return row as PurgedJobs;
}

function countAttemptsOf(jobs: Purge, before: string): string {
  const rows = `${jobs.rows} join family_hub_jobs.attempts a on a.job_id = q.id`;
  return countOf({ ...jobs, rows }, before);
}
