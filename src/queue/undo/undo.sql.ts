// Undoes a requeue for jobs that have not changed since.
import type { Queryable } from "../../postgres/database.ts";
import { HOLDER_COLUMNS, type JobHeld } from "../../queue-table/leases.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { auditedState, QUEUE, STATUS } from "../../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";
import { streamIds } from "../../postgres/stream-ids.ts";
import { IS_REQUEUE } from "../selection/requeues.sql.ts";

/** A job of the action, as it was before. */
export interface UndoCandidate extends JobHeld {
  readonly id: string;
  readonly status: string;
  /** `overtaken`: an operator has changed it in another way since. */
  readonly verdict: "undoable" | "undone" | "overtaken" | "processing" | "ran" | "gone";
}

/** @returns the kinds of the action, such as `requeue`; empty if there is no such action */
export async function readActionVerbs(db: Queryable, batchId: string): Promise<string[]> {
  const rows = await db.query<{ verb: string }>(
    `select distinct verb
     from family_hub_jobs.operator_actions
     where batch_id = $1`,
    [batchId],
  );
  return rows.map(({ verb }) => verb);
}

/**
 * The jobs of an action, in the order in which they were changed.
 * @param tx as for `streamIds`
 */
export function listActionJobs(tx: Queryable, batchId: string): AsyncGenerator<string[]> {
  return streamIds(
    tx,
    `select o.job_id as id
     from family_hub_jobs.operator_actions o
     where o.batch_id = $1 and ${IS_REQUEUE}
     order by o.action_id`,
    [batchId],
  );
}

/**
 * The jobs are failed again, as before. No event, because FamilyHub got one when they failed.
 * @throws RowRefused if the database refuses a job: throw it within the transaction
 */
export async function undoRequeue(
  db: Queryable,
  batchId: string,
  ids: readonly string[],
  action: OperatorAction,
): Promise<{ done: readonly string[]; asked: readonly UndoCandidate[] }> {
  const rows = await db.query<UndoCandidate & Written & { undone: boolean }>(UNDO, [
    batchId,
    action.actor,
    action.reason,
    action.id,
    ids,
  ]);
  checkWritten(rows);
  return { done: rows.filter((row) => row.undone).map((row) => row.id), asked: rows };
}

/** The same check without the change. */
export async function readUndoable(
  db: Queryable,
  batchId: string,
  ids: readonly string[],
): Promise<UndoCandidate[]> {
  return db.query<UndoCandidate>(`${asked("", "$2")} ${answers()}`, [batchId, ids]);
}

/**
 * A job that ran without using up a retry is still as it was after the requeue, so it may be undone. Anything
 * else that a run does to a job changes its status or its retry_count.
 */
function asked(lock: string, ids: string): string {
  return `
    with action as materialized (
      select o.action_id, o.job_id, o.before, o.after
      from family_hub_jobs.operator_actions o
      where o.batch_id = $1
        and o.job_id = any (${ids}::uuid[])
        and ${IS_REQUEUE}
    ),
    asked as materialized (
      select q.id, ${STATUS} as status, q.retry_count, q.next_retry_at, q.last_error_code,
             q.claimed_by_run_id, q.lease_expires_at, d.before,
             case
               when ${STATUS} = 'processing' then 'processing'
               when exists (
                 select from family_hub_jobs.operator_actions later
                 where later.job_id = q.id
                   and later.action_id > d.action_id
                   and later.verb::text <> 'undo') then 'overtaken'
               -- Only this requeue: one that another action has overtaken is never undone.
               when exists (
                 select from family_hub_jobs.operator_actions later
                 where later.job_id = q.id and later.action_id > d.action_id) then 'undone'
               when ${STATUS} = 'pending' and q.retry_count = (d.after ->> 'retryCount')::int
                 then 'undoable'
               else 'ran'
             end as verdict
      from action d
      join ${QUEUE} q on q.id = d.job_id
      order by q.id
      ${lock}
    )`;
}

/**
 * Postgres estimates one row for each part. It would join a thousand rows with a thousand others row by row;
 * with `in` it uses a lookup.
 * @param more columns of a job `a`
 * @param none the same for a deleted job
 */
function answers(more = "", none = ""): string {
  return `
    select a.id, a.verdict, a.status, ${HOLDER_COLUMNS} ${more}
    from asked a
    union all
    select d.job_id, 'gone', '', null, null, false ${none}
    from action d
    where d.job_id not in (select a.id from asked a)
      -- Not deleted, only locked by another session.
      and not exists (select from ${QUEUE} q where q.id = d.job_id)`;
}

const UNDO = `
  ${asked("for no key update of q skip locked", "$5")},
  undone as (
    update ${QUEUE} q
    set status = 'failed',
        retry_count = (a.before ->> 'retryCount')::int,
        next_retry_at = (a.before ->> 'nextRetryAt')::timestamptz,
        updated_at = now()
    from asked a
    where q.id = a.id and a.verdict = 'undoable'
    returning q.id, ${auditedState("a")} as before, ${auditedState("q")} as after, ${STATUS} = 'failed' as stands
  ),
  audit as (
    insert into family_hub_jobs.operator_actions
      (actor, verb, reason, job_id, before, after, batch_id)
    select $2, 'undo', $3, u.id, u.before, u.after, $4::uuid
    from undone u
  )
  ${answers(
    `,
      a.id in (select u.id from undone u) as undone,
      case
        when a.verdict = 'undoable' and a.id not in (select u.id from undone u where u.stands)
          then '${QUEUE}'
      end as "overruledOn"`,
    ", false, null",
  )}`;
