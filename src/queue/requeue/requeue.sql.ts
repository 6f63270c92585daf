// Makes failed jobs pending again, each change with its audit entry, in one statement.
import type { Queryable } from "../../postgres/database.ts";
import { HOLDER_COLUMNS, type JobHeld } from "../../queue-table/leases.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { auditedState, QUEUE, STATUS } from "../../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";

/** A job to requeue, as it was before. */
export interface RequeueCandidate extends JobHeld {
  readonly id: string;
  readonly status: string;
  readonly canceled: boolean;
  readonly retryCount: number;
  readonly requeueable: boolean;
}

export interface RequeueRequest {
  readonly ids: readonly string[];
  /** If false, the job gets all its retries again. */
  readonly keepRetries: boolean;
  /** How many jobs become due each second, in the order of `ids`; Infinity for all at once. */
  readonly rate: number;
  /** How many jobs this action has already requeued; they become due first. */
  readonly before: number;
}

/**
 * Makes failed jobs due whose password is still there; errors and attempts are kept.
 * @throws RowRefused if the database refuses a job: throw it within the transaction
 */
export async function requeueFailedJobs(
  db: Queryable,
  { ids, keepRetries, rate, before }: RequeueRequest,
  action: OperatorAction,
): Promise<{ done: readonly string[]; asked: readonly RequeueCandidate[] }> {
  const rows = await db.query<RequeueCandidate & Written & { requeued: boolean }>(REQUEUE, [
    ids,
    keepRetries,
    rate === Infinity ? 0 : 1000 / rate,
    action.actor,
    action.reason,
    action.id,
    before,
  ]);
  checkWritten(rows);
  return { done: rows.filter((row) => row.requeued).map((row) => row.id), asked: rows };
}

/** The same check without the change. */
export async function readRequeueable(
  db: Queryable,
  ids: readonly string[],
): Promise<RequeueCandidate[]> {
  return db.query<RequeueCandidate>(`${asked("")} select ${ANSWER} from asked a`, [ids]);
}

function asked(lock: string): string {
  return `
    with asked as materialized (
      select q.id, ${STATUS} as status,
             q.retry_count, q.next_retry_at, q.last_error_code,
             q.claimed_by_run_id, q.lease_expires_at,
             ${STATUS} = 'failed' and q.encrypted_password::text <> ''
               and q.retry_count between 0 and 5 as requeueable
      from ${QUEUE} q
      where q.id = any ($1::uuid[])
      order by q.id
      ${lock}
    )`;
}

const ANSWER = `
  a.id, a.status, a.requeueable, a.retry_count as "retryCount",
  a.last_error_code::text is not distinct from 'canceled' as canceled, ${HOLDER_COLUMNS}`;

const REQUEUE = `
  ${asked("for no key update of q skip locked")},
  queued as (
    select a.id, wanted.place,
           ($7::int + row_number() over (order by wanted.place) - 1) * $3::float8 as "waitMs"
    from unnest($1::uuid[]) with ordinality as wanted (id, place)
    join asked a using (id)
    where a.requeueable
  ),
  requeued as (
    update ${QUEUE} q
    set status = 'pending',
        retry_count = case when $2 then q.retry_count else 0 end,
        next_retry_at = now() + queued."waitMs" * interval '1 ms',
        updated_at = now()
    from queued
    where q.id = queued.id
    returning q.id, q.status, q.retry_count, q.next_retry_at, q.last_error_code, queued.place,
              ${STATUS} = 'pending' and ($2 or q.retry_count = 0) as stands
  ),
  audit as (
    insert into family_hub_jobs.operator_actions
      (actor, verb, reason, job_id, before, after, batch_id)
    select $4, 'requeue', $5, r.id, ${auditedState("a")}, ${auditedState("r")}, $6::uuid
    from requeued r
    join asked a using (id)
    order by r.place
  )
  select ${ANSWER}, r.id is not null as requeued,
         case when a.requeueable and not coalesce(r.stands, false) then '${QUEUE}' end as "overruledOn"
  from asked a
  left join requeued r using (id)`;
