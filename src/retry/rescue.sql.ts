// Recovers the jobs of runs that died: those whose calls may have been in flight use up a retry, the others
// wait again.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";
import {
  abandoned,
  CLAIMED_COLUMNS,
  cutToFit,
  DUE_AT,
  inShard,
  POSSIBLE,
  QUEUE,
  STATUS,
} from "../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";

export interface RescueRequest {
  readonly runId: string;
  readonly leaseMs: number;
  readonly retries: number;
  readonly shard: Shard;
  readonly limit: number;
}

/**
 * Recovers the jobs of dead runs. A job whose call may have been in flight is due again at once, with one
 * retry less. If it has none left, this run claims and returns it: its account must be looked up before the job
 * fails permanently, because the dead run may have created it. Each other job waits as before.
 * @param among only these jobs; null for all
 * @throws RowRefused if the database refuses one: throw it within the transaction
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
 * What `rescueAbandonedJobs` would recover.
 * @param after the last job of the previous call, null for the first
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

/** For a run of an older version, whose ledger entry does not contain its concurrency. */
const UNKNOWN_CONCURRENCY = 1_000_000;

/**
 * Whether the call for the job may have been in flight when the run died. Runs start jobs in the order in which
 * they claim them, and have at most as many calls in flight as their concurrency. Twice that many jobs use up a
 * retry, as the first ones may have answers that were not stored. There may be more such answers: their accounts
 * are adopted by the next attempt, without using up a retry. Jobs for which an earlier recovery used up a retry,
 * when only some leases had ended, count, too.
 */
const MAY_HAVE_BEGUN = `
  (select count(*)
   from ${QUEUE} o
   where o.status::text = 'processing' and o.claimed_by_run_id = q.claimed_by_run_id
     and (coalesce(o.next_retry_at, '-infinity'), o.id) <= (${DUE_AT}, q.id))
  + (select count(*)
     from family_hub_jobs.attempts t
     where t.run_id = q.claimed_by_run_id and t.error_code::text = 'interrupted'
       and coalesce(t.grpc_code, -1) = -1 and coalesce(t.zitadel_error_id, '') = '')
  <= 2 * coalesce(
    (select (r.counts ->> 'concurrency')::int
     from family_hub_jobs.runs r
     where r.run_id = q.claimed_by_run_id),
    ${UNKNOWN_CONCURRENCY})`;

/** Values: those of `abandonedValues`, $5 IDs, $6 run, $7 retries. */
const RESCUE = `
  with abandoned as materialized (
    select q.id,
           q.claimed_by_run_id as dead_run_id,
           ${MAY_HAVE_BEGUN} as charged,
           q.retry_count >= $7::int and ${MAY_HAVE_BEGUN} as exhausted
    from ${QUEUE} q
    where ${ABANDONED} and ($5::uuid[] is null or q.id = any ($5::uuid[]))
    order by q.id
    limit $4
    for no key update skip locked
  ),
  rescued as (
    update ${QUEUE} q
    set status = case when a.exhausted then 'processing' else 'pending' end,
        retry_count = case when a.charged and not a.exhausted then q.retry_count + 1 else q.retry_count end,
        next_retry_at = case when a.charged and not a.exhausted then now() else q.next_retry_at end,
        last_error_code = case when a.charged then 'interrupted' else q.last_error_code end,
        last_error_message = case when a.charged then ${cutToFit(`'${INTERRUPTED_MESSAGE}'::text`)}
                                  else q.last_error_message end,
        claimed_by_run_id = case when a.exhausted then $6::uuid end,
        lease_expires_at = case when a.exhausted then now() + $1::float8 * interval '1 ms' end,
        updated_at = now()
    from abandoned a
    where q.id = a.id
    returning q.*, a.charged, a.exhausted, a.dead_run_id,
              case when a.exhausted then ${STATUS} = 'processing' and q.claimed_by_run_id = $6::uuid
                   else ${STATUS} = 'pending' end as stands
  ),
  noted as (
    insert into family_hub_jobs.attempts
      (job_id, run_id, outcome, retry_count, error_code, message, duration_ms)
    select id, coalesce(dead_run_id, $6::uuid), 'retried', retry_count, 'interrupted', last_error_message, 0
    from rescued
    where charged and not exhausted
  )
  select
    ${CLAIMED_COLUMNS},
    'present' as family,
    false as "usernameHeld",
    a.exhausted,
    case when not coalesce(q.stands, false) then '${QUEUE}' end as "overruledOn"
  from abandoned a
  left join rescued q on q.id = a.id`;
