// What the ledger and the leases tell of runs that hold a lock, so that one that hangs is known as such.
import type { Queryable } from "../postgres/database.ts";
import { findLiveRuns, LIVE_RUN_IDS } from "./live-runs.sql.ts";
import { QUEUE, STATUS, statedLeaseEnd } from "../queue-table/queue.sql.ts";

export interface LedgerLine {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  /** The oldest lease of its jobs that is over: a run that works renews them all in time. */
  readonly leaseEndedAt: Date | null;
}

/** Runs that are not in the ledger are left out. */
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
            )::timestamptz as "leaseEndedAt"
     from family_hub_jobs.runs r
     where r.run_id = any ($1::uuid[])`,
    [runIds],
  );
}

export interface WorkingRun {
  readonly runId: string;
  /** When it took its lock; null to a role that may not see it. */
  readonly since: Date | null;
  /** null before the run is in the ledger. */
  readonly host: string | null;
  readonly pid: number | null;
  /** Since when it lets its leases go by, though it holds its lock: it hangs. null while it works. */
  readonly leaseEndedAt: Date | null;
}

/** Runs of retry-accounts that hold a lock now, the oldest first: several, where each works a part. */
export async function listWorkingRuns(db: Queryable): Promise<WorkingRun[]> {
  const live = (await findLiveRuns(db)).filter(({ command }) => command === "retry-accounts");
  const lines = await readLedgerLines(
    db,
    live.map(({ runId }) => runId),
  );
  return live.map(({ runId, since }) => {
    const line = lines.find((found) => found.runId === runId);
    const { host = null, pid = null, leaseEndedAt = null } = line ?? {};
    return { runId, since, host, pid, leaseEndedAt };
  });
}

export interface OrphanedJobs {
  readonly jobs: number;
  /** When the last of their leases ends; null without any. */
  readonly until: Date | null;
}

/** Jobs in the hands of runs that died, whose leases are not over yet: nobody may take them so far. */
export async function countOrphanedJobs(db: Queryable): Promise<OrphanedJobs> {
  // Asked before and within the statement, or a run that ends meanwhile would seem to have died.
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
