// The leases under which runs hold jobs: renewed while a run lives, taken over after it died.
import type { Queryable } from "../postgres/database.ts";
import { QUEUE, STATUS, statedLeaseEnd } from "./queue.sql.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";

/** For a processing job: who holds it and until when; null if that is not a run of this tool. */
export interface JobHeld {
  readonly runId: string | null;
  readonly leaseExpiresAt: Date | null;
  readonly leaseOver: boolean;
}

/** The columns of JobHeld, from a row `a`. */
export const HOLDER_COLUMNS = `
  a.claimed_by_run_id as "runId",
  ${statedLeaseEnd("a")} as "leaseExpiresAt",
  coalesce(a.lease_expires_at < now(), false) as "leaseOver"`;

/** $1 is the run. */
const HELD_BY_RUN = `${STATUS} = 'processing' and q.claimed_by_run_id = $1`;

/** The jobs that the run holds. */
export async function listHeld(db: Queryable, runId: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select q.id from ${QUEUE} q where ${HELD_BY_RUN} order by q.id`,
    [runId],
  );
  return rows.map(({ id }) => id);
}

/**
 * Extends the run's hold on these jobs by another lease. A row that another session has locked is skipped and
 * keeps its old lease.
 */
export async function renewLeases(
  db: Queryable,
  runId: string,
  leaseMs: number,
  jobIds: readonly string[],
): Promise<void> {
  await db.query(
    `with held as materialized (
       select q.id from ${QUEUE} q
       where ${HELD_BY_RUN} and q.id = any ($3::uuid[])
       order by q.id
       for no key update skip locked
     )
     update ${QUEUE} q
     set lease_expires_at = now() + $2::float8 * interval '1 ms'
     from held
     where q.id = held.id`,
    [runId, leaseMs, jobIds],
  );
}

/**
 * Jobs that the run still holds wait again as before they were claimed; locked rows are skipped.
 * @throws RowRefused if the database refuses one: throw it within the transaction
 */
export async function releaseClaims(
  db: Queryable,
  runId: string,
  jobIds: readonly string[],
): Promise<void> {
  const rows = await db.query<Written>(
    `with held as materialized (
       select q.id from ${QUEUE} q
       where ${HELD_BY_RUN} and q.id = any ($2::uuid[])
       order by q.id
       for no key update skip locked
     ),
     released as (
       update ${QUEUE} q
       set status = 'pending',
           claimed_by_run_id = null,
           lease_expires_at = null,
           updated_at = now()
       from held
       where q.id = held.id
       returning q.id, ${STATUS} = 'pending' as stands
     )
     select case when not coalesce(r.stands, false) then '${QUEUE}' end as "overruledOn"
     from held
     left join released r using (id)`,
    [runId, jobIds],
  );
  checkWritten(rows);
}
