// Cancels jobs: marks them failed, erases the password, writes the event and the audit entry.
import type { Queryable } from "../../postgres/database.ts";
import { failedEvents, INSERT_EVENTS } from "../../queue-table/events.sql.ts";
import { HOLDER_COLUMNS, type JobHeld } from "../../queue-table/leases.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";
import {
  auditedState,
  cutToFit,
  IMPOSSIBLE,
  QUEUE,
  STATUS,
  WAITING,
} from "../../queue-table/queue.sql.ts";

export interface AskedJob extends JobHeld {
  readonly id: string;
  /** Only `cancelable` jobs are changed; `unchanged` ones are already canceled. */
  readonly verdict: "cancelable" | "unchanged" | "completed" | "processing" | "impossible";
  readonly status: string;
  readonly retryCount: number;
}

/**
 * A waiting job gets its failed event; a job that had failed permanently has one already.
 * @returns the existing jobs that no other session has locked, as they were before
 * @throws RowRefused if the database refuses a job or its event: throw it within the transaction
 */
export async function cancelJobs(
  db: Queryable,
  ids: readonly string[],
  action: OperatorAction,
): Promise<{ done: readonly string[]; asked: readonly AskedJob[] }> {
  const rows = await db.query<AskedJob & Canceled>(CANCEL, [
    ids,
    action.actor,
    action.reason,
    action.id,
  ]);
  checkWritten(rows);
  return { done: rows.filter((row) => row.canceled).map((row) => row.id), asked: rows };
}

interface Canceled extends Written {
  readonly canceled: boolean;
}

/** The same check without the change. */
export async function readCancelable(db: Queryable, ids: readonly string[]): Promise<AskedJob[]> {
  return db.query<AskedJob>(`${asked("")} select ${ANSWER} from asked a`, [ids]);
}

const MESSAGE = "An operator canceled the creation of this account";

function asked(lock: string): string {
  return `
    with asked as materialized (
      select q.id, q.family_id, lower(btrim(q.username::text)) as username, q.created_by_user_id,
             ${STATUS} as status, q.retry_count, q.next_retry_at, q.last_error_code,
             q.claimed_by_run_id, q.lease_expires_at, ${WAITING} as waiting,
             case
               when ${STATUS} = 'completed' then 'completed'
               when ${IMPOSSIBLE} then 'impossible'
               when ${STATUS} = 'processing' then 'processing'
               when not ${WAITING} and q.last_error_code::text = 'canceled'
                 and q.encrypted_password::text = ''
                 then 'unchanged'
               else 'cancelable'
             end as verdict
      from ${QUEUE} q
      where q.id = any ($1::uuid[])
      order by q.id
      ${lock}
    )`;
}

const ANSWER = `
  a.id, a.verdict, a.status, a.retry_count as "retryCount", ${HOLDER_COLUMNS}`;

const CANCEL = `
  ${asked("for no key update of q skip locked")},
  canceled as (
    update ${QUEUE} q
    set status = 'failed',
        next_retry_at = null,
        last_error_code = 'canceled',
        last_error_message = ${cutToFit(`'${MESSAGE}'::text`)},
        encrypted_password = '',
        updated_at = now()
    from asked a
    where q.id = a.id and a.verdict = 'cancelable'
    returning q.id, q.status, q.retry_count, q.next_retry_at, q.last_error_code,
              ${STATUS} = 'failed' and q.next_retry_at is null and q.last_error_code::text = 'canceled'
                and q.encrypted_password::text = '' as stands
  ),
  event as (
    ${INSERT_EVENTS}
    ${failedEvents("from asked join (select id from canceled) c using (id) where waiting", {
      code: "'canceled'",
      message: `'${MESSAGE}'`,
      // Each retry scheduled so far followed an attempt.
      attempts: "retry_count",
    })}
    -- No columns: runs may write events, but not read them.
    returning true
  ),
  audit as (
    insert into family_hub_jobs.operator_actions
      (actor, verb, reason, job_id, before, after, batch_id)
    select $2, 'cancel', $3, c.id, ${auditedState("a")}, ${auditedState("c")}, $4::uuid
    from canceled c
    join asked a using (id)
  )
  select ${ANSWER}, c.id is not null as canceled,
         case
           when a.verdict = 'cancelable' and not coalesce(c.stands, false) then '${QUEUE}'
           when (select count(*) from event)
             < (select count(*) from canceled join asked using (id) where waiting) then 'auth.outbox_events'
         end as "overruledOn"
  from asked a
  left join canceled c using (id)`;
