// Finds the newest requeues in a range of action IDs, within a time limit for interactive use.
import type { IdRange } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";

export interface NewestAction {
  readonly id: string;
  readonly actor: string;
  readonly at: Date;
  /** The number of its jobs. */
  readonly count: number;
}

export interface NewestActionsRequest extends IdRange {
  readonly limit: number;
  readonly timeoutMs: number;
}

/** Call it within a transaction, whose end also ends the timeout. */
export async function findNewestRequeues(
  db: Queryable,
  { from, to, limit, timeoutMs }: NewestActionsRequest,
): Promise<NewestAction[]> {
  await db.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
  return db.query<NewestAction>(
    `select
       o.batch_id as id,
       max(o.actor::text) as actor,
       max(o.at) as at,
       count(*)::int as count
     from family_hub_jobs.operator_actions o
     where o.verb::text = 'requeue'
       and o.batch_id between $1::uuid and $2::uuid
     group by o.batch_id
     order by max(o.action_id) desc
     limit $3`,
    [from, to, limit],
  );
}
