// Takes back the jobs of runs that died: each uses up a retry, or is failed after the last.
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
