// Finds the last requeues, each with the number of its jobs that `queue undo` can still undo.
import type { Queryable } from "../../postgres/database.ts";
import { QUEUE, STATUS } from "../../queue-table/queue.sql.ts";

/** What one command of an operator requeued. */
export interface Requeue {
  readonly actionId: string;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
  readonly jobs: number;
  /** Those of them that have not run since; at most UNDOABLE_CAP are counted. */
  readonly undoable: number;
}

export interface RequeuesRequest {
  /** How many entries of the audit log to read, the newest first, because it is kept for ever. */
  readonly newestLines: number;
  /** null for any age. */
  readonly withinMs: number | null;
  readonly leastJobs: number;
  readonly limit: number;
}

/** With that many to undo, the exact number changes no decision. */
export const UNDOABLE_CAP = 1000;

/**
 * Only entries that a requeue writes: anyone who may write the audit log could add some to another action.
 */
export const IS_REQUEUE = `o.verb::text = 'requeue'
        and o.job_id is not null
        and o.before ->> 'status' = 'failed'
        and o.before ->> 'retryCount' ~ '^[0-5]$'
        and o.after ->> 'retryCount' ~ '^[0-5]$'`;

/** The newest first. */
export async function listRequeues(
  db: Queryable,
  { newestLines, withinMs, leastJobs, limit }: RequeuesRequest,
): Promise<Requeue[]> {
  return db.query<Requeue>(
    `with newest as (
       select o.action_id, o.batch_id, o.verb::text as verb, o.at
       from family_hub_jobs.operator_actions o
       order by o.action_id desc
       limit $1
     ),
     found as (
       select n.batch_id, max(n.action_id) as last_line
       from newest n
       where n.verb = 'requeue'
         and n.batch_id is not null
         and ($2::float8 is null or n.at > now() - $2::float8 * interval '1 ms')
       group by n.batch_id
     ),
     requeue as (
       select f.batch_id, f.last_line, counted.*
       from found f
       cross join lateral (
         select min(o.at) as at,
                min(o.actor::text) as actor,
                min(o.reason) as reason,
                count(*)::int as jobs
         from family_hub_jobs.operator_actions o
         where o.batch_id = f.batch_id and ${IS_REQUEUE}
       ) counted
       where counted.jobs >= $3
       order by f.last_line desc
       limit $4
     )
     select r.batch_id as "actionId", r.at, r.actor, r.reason, r.jobs,
            (select count(*)::int
             from (
               select
               from family_hub_jobs.operator_actions o
               join ${QUEUE} q on q.id = o.job_id
               where o.batch_id = r.batch_id
                 and ${IS_REQUEUE}
                 and ${STATUS} = 'pending'
                 and q.retry_count::text = o.after ->> 'retryCount'
                 and not exists (
                   select from family_hub_jobs.operator_actions later
                   where later.job_id = o.job_id and later.action_id > o.action_id)
               limit $5
             ) undoable) as undoable
     from requeue r
     order by r.last_line desc`,
    [newestLines, withinMs, leastJobs, limit, UNDOABLE_CAP],
  );
}
