// What the ledger and the leases tell of runs that hold a lock, so that one that hangs is known as such.
import type { Queryable } from "./database.ts";
import { findLiveRuns } from "./live-runs.ts";
import { QUEUE, STATUS } from "./queue-sql.ts";

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
