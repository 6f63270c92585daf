// Finds times further in the future than any run sets: a clock was wrong for a moment.
import type { Queryable } from "../postgres/database.ts";
import { DUE_AT, FARTHEST_AHEAD, QUEUE, STATUS, WAITING } from "../queue-table/queue.sql.ts";

export interface TimesAhead {
  /** The end of the breaker's pause; null if it is plausible. */
  readonly pausedUntil: Date | null;
  /** Processing jobs whose lease ends too late, and the latest of these ends. */
  readonly leases: Ahead;
  /** Waiting jobs whose next retry is farther away than any delay, except `infinity`, which people set. */
  readonly tries: Ahead;
}

interface Ahead {
  readonly jobs: number;
  /** null without any, and for `infinity`. */
  readonly latest: Date | null;
}

/**
 * Uses only partial indexes, so it does not depend on the size of the table.
 * @param farthestTryMs longer than all delays between attempts
 */
export async function findTimesAhead(
  db: Queryable,
  leaseMs: number,
  farthestTryMs: number,
): Promise<TimesAhead> {
  const [row] = await db.query<{
    pausedUntil: Date | null;
    leases: number;
    latestLease: Date | null;
    tries: number;
    latestTry: Date | null;
  }>(
    `select (select case when isfinite(b.paused_until) then b.paused_until end
             from family_hub_jobs.breaker b
             where b.paused_until > now() + ${FARTHEST_AHEAD}) as "pausedUntil",
            leases.*, tries.*
     from (select count(*)::int as leases,
                  max(q.lease_expires_at) filter (where isfinite(q.lease_expires_at))::timestamptz as "latestLease"
           from ${QUEUE} q
           where ${STATUS} = 'processing'
             and q.lease_expires_at > now() + greatest($1::float8 * interval '1 ms', ${FARTHEST_AHEAD})) leases,
          (select count(*)::int as tries,
                  max(q.next_retry_at)::timestamptz as "latestTry"
           from ${QUEUE} q
           where ${WAITING}
             and ${DUE_AT} > now() + $2::float8 * interval '1 ms' and ${DUE_AT} < 'infinity') tries`,
    [leaseMs, farthestTryMs],
  );
  return {
    pausedUntil: row?.pausedUntil ?? null,
    leases: { jobs: row?.leases ?? 0, latest: row?.latestLease ?? null },
    tries: { jobs: row?.tries ?? 0, latest: row?.latestTry ?? null },
  };
}
