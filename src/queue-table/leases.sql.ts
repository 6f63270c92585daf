// The leases under which runs hold jobs: renewed while a run lives, taken over when it died.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";
import {
  abandoned,
  CLAIMED_COLUMNS,
  cutToFit,
  inShard,
  POSSIBLE,
  QUEUE,
  STATUS,
  statedLeaseEnd,
} from "./queue.sql.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";

/** Of a processing job: who holds it until when; null where that is no run of this tool. */
export interface JobHeld {
  readonly runId: string | null;
  readonly leaseExpiresAt: Date | null;
  readonly leaseOver: boolean;
}

/** A JobHeld, of a row `a`. */
export const HOLDER_COLUMNS = `
  a.claimed_by_run_id as "runId",
  ${statedLeaseEnd("a")} as "leaseExpiresAt",
  coalesce(a.lease_expires_at < now(), false) as "leaseOver"`;

export interface RescueRequest {
  readonly runId: string;
  readonly leaseMs: number;
  readonly retries: number;
  readonly shard: Shard;
  readonly limit: number;
}

/**
 * Jobs of dead runs: those with retries left are due again at once, one retry poorer. The others
 * are claimed by this run and returned, because a dead run may have created their account: that
 * must be asked before they are failed for good.
 * @param among only these of them; null for all
 * @throws RowRefused when the database refuses one of them: to be thrown within the transaction
 */
export async function rescueAbandonedJobs(
  db: Queryable,
  request: RescueRequest,
  among: readonly string[] | null = null,
): Promise<{ rescued: number; exhausted: ClaimedJob[] }> {
  const { runId, retries } = request;
  const rows = await db.query<ClaimedJob & Written & { exhausted: boolean }>(RESCUE, [
    ...abandonedValues(request),
    ...[among, runId, retries],
  ]);
  checkWritten(rows);
  return { rescued: rows.length, exhausted: rows.filter((row) => row.exhausted) };
}

/**
 * What `rescueAbandonedJobs` would rescue.
 * @param after the last of those listed before, null for the first
 */
export async function listAbandonedJobs(
  db: Queryable,
  request: RescueRequest,
  after: string | null,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select q.id
     from ${QUEUE} q
     where ${ABANDONED} and ($5::uuid is null or q.id > $5::uuid)
     order by q.id
     limit $4`,
    [...abandonedValues(request), after],
  );
  return rows.map(({ id }) => id);
}

const ABANDONED = `${abandoned("$1::float8")} and ${POSSIBLE} and ${inShard("$2", "$3")}`;

function abandonedValues({ leaseMs, shard, limit }: RescueRequest): unknown[] {
  return [leaseMs, shard.index, shard.count, limit];
}

const INTERRUPTED_MESSAGE =
  "The run that was working on this job died before it could say how it ended";

/** Values: those of `abandonedValues`, $5 ids, $6 run, $7 retries. */
const RESCUE = `
  with abandoned as materialized (
    select q.id, q.retry_count >= $7::int as exhausted, q.claimed_by_run_id as dead_run_id
    from ${QUEUE} q
    where ${ABANDONED} and ($5::uuid[] is null or q.id = any ($5::uuid[]))
    order by q.id
    limit $4
    for no key update skip locked
  ),
  rescued as (
    update ${QUEUE} q
    set status = case when a.exhausted then 'processing' else 'pending' end,
        retry_count = case when a.exhausted then q.retry_count else q.retry_count + 1 end,
        next_retry_at = case when a.exhausted then q.next_retry_at else now() end,
        last_error_code = 'interrupted',
        last_error_message = ${cutToFit(`'${INTERRUPTED_MESSAGE}'::text`)},
        claimed_by_run_id = case when a.exhausted then $6::uuid end,
        lease_expires_at = case when a.exhausted then now() + $1::float8 * interval '1 ms' end,
        updated_at = now()
    from abandoned a
    where q.id = a.id
    returning q.*, a.exhausted, a.dead_run_id,
              case when a.exhausted then ${STATUS} = 'processing' and q.claimed_by_run_id = $6::uuid
                   else ${STATUS} = 'pending' end as stands
  ),
  noted as (
    insert into family_hub_jobs.attempts
      (job_id, run_id, outcome, retry_count, error_code, message, duration_ms)
    select id, coalesce(dead_run_id, $6::uuid), 'retried', retry_count, 'interrupted', last_error_message, 0
    from rescued
    where not exhausted
  )
  select
    ${CLAIMED_COLUMNS},
    'present' as family,
    false as "usernameHeld",
    a.exhausted,
    case when not coalesce(q.stands, false) then '${QUEUE}' end as "overruledOn"
  from abandoned a
  left join rescued q on q.id = a.id`;

/** $1 run. */
const HELD_BY_RUN = `${STATUS} = 'processing' and q.claimed_by_run_id = $1`;

/** What the run holds. */
export async function listHeld(db: Queryable, runId: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select q.id from ${QUEUE} q where ${HELD_BY_RUN} order by q.id`,
    [runId],
  );
  return rows.map(({ id }) => id);
}

/**
 * Keeps these jobs the run's own for another lease. A row that somebody has locked is passed over: its
 * lease goes on as it was.
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
 * These, as far as the run still holds them, wait again as before they were claimed; locked ones stay.
 * @throws RowRefused when the database refuses one of them: to be thrown within the transaction
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
