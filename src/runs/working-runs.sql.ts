// Runs that hold a lock, from the ledger and the leases, so that a run that hangs is recognized.
import type { Queryable } from "../postgres/database.ts";
import { findLiveRuns, LIVE_RUN_IDS } from "./live-runs.sql.ts";
import { LOCK_CLASS, LOCK_KEYS } from "../postgres/lock-keys.ts";
import { describeSession } from "../postgres/session-name.ts";
import { QUEUE, STATUS, statedLeaseEnd } from "../queue-table/queue.sql.ts";

export interface LedgerLine {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  /** The oldest lease of its jobs that has ended: a working run renews them all in time. */
  readonly leaseEndedAt: Date | null;
  /** Its jobs in the queue: a working run nearly always has some. */
  readonly jobs: number;
}

/** Leaves out runs that are not in the ledger. */
export async function readLedgerLines(
  db: Queryable,
  runIds: readonly string[],
): Promise<LedgerLine[]> {
  if (runIds.length === 0) return [];
  return db.query<LedgerLine>(
    `select r.run_id as "runId",
            r.host,
            r.pid,
            (select min(q.lease_expires_at)
             from ${QUEUE} q
             where ${STATUS} = 'processing' and q.claimed_by_run_id = r.run_id
               and q.lease_expires_at < now() and isfinite(q.lease_expires_at)
            )::timestamptz as "leaseEndedAt",
            (select count(*)::int
             from ${QUEUE} q
             where ${STATUS} = 'processing' and q.claimed_by_run_id = r.run_id
            ) as jobs
     from family_hub_jobs.runs r
     where r.run_id = any ($1::uuid[])`,
    [runIds],
  );
}

export interface WorkingRun {
  readonly runId: string;
  /** When it took its lock; null for a role that may not see it. */
  readonly since: Date | null;
  /** null before the run is in the ledger. */
  readonly host: string | null;
  readonly pid: number | null;
  /** Since when it has not renewed its leases although it holds its lock; null while it renews them. */
  readonly leaseEndedAt: Date | null;
  /** It does not renew its leases, or has held the lock for long without any job. */
  readonly hangs: boolean;
}

/** Connecting takes two calls to Zitadel, each with a time limit; after that a run has jobs or ends. */
const IDLE_MS = 10 * 60_000;

/**
 * Runs of retry-accounts that hold a lock now, the oldest first; several with shards.
 * @param now by the database's clock
 */
export async function listWorkingRuns(db: Queryable, now: Date): Promise<WorkingRun[]> {
  const live = (await findLiveRuns(db)).filter(({ command }) => command === "retry-accounts");
  const lines = await readLedgerLines(
    db,
    live.map(({ runId }) => runId),
  );
  return live.map(({ runId, since }) => {
    const line = lines.find((found) => found.runId === runId);
    const { host = null, pid = null, leaseEndedAt = null, jobs = 0 } = line ?? {};
    const idle = jobs === 0 && since !== null && now.getTime() - since.getTime() > IDLE_MS;
    return { runId, since, host, pid, leaseEndedAt, hangs: leaseEndedAt !== null || idle };
  });
}

/**
 * Another program that holds the lock of retry-accounts, quoted for output: no run can start until it
 * releases the lock. null if there is none.
 */
export async function findForeignHolder(db: Queryable): Promise<string | null> {
  const [holder] = await db.query<{ who: string | null }>(
    `select a.application_name as who
     from pg_locks l
     left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 2
       and l.classid = ${LOCK_CLASS}::oid and l.objid = ${LOCK_KEYS["retry-accounts"]}::oid
       and l.database = (select oid from pg_database where datname = current_database())
       and a.application_name ~ '^fhj .+ [0-9a-f-]{36}$' is not true
     limit 1`,
  );
  return holder === undefined ? null : describeSession(holder.who);
}

export interface OrphanedJobs {
  readonly jobs: number;
  /** When the last of their leases ends; null if there is none. */
  readonly until: Date | null;
}

/** Jobs of dead runs whose leases have not ended yet, so no run may take them. */
export async function countOrphanedJobs(db: Queryable): Promise<OrphanedJobs> {
  // Checked before and within the statement, or a run that ends in between would seem to have died.
  const alive = (await findLiveRuns(db)).map(({ runId }) => runId);
  const [row] = await db.query<OrphanedJobs>(
    `select count(*)::int as jobs, max(q.lease_expires_at)::timestamptz as until
     from ${QUEUE} q
     where ${STATUS} = 'processing'
       and ${statedLeaseEnd("q")} >= now()
       and not (q.claimed_by_run_id::text = any ($1::text[] || ${LIVE_RUN_IDS}))`,
    [alive],
  );
  return row ?? { jobs: 0, until: null };
}
