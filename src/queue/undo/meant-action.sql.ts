// Finds the operators' actions that match the beginning of an id.
import type { IdRange } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";

/** What an operator did by one command. */
export interface MeantAction {
  readonly id: string;
  readonly verb: string;
  readonly actor: string;
  readonly at: Date;
  /** Of its jobs. */
  readonly count: number;
}

/** Read off the index by action. @param most the first in the order of ids */
export async function findActionsInRange(
  db: Queryable,
  { from, to }: IdRange,
  most: number,
): Promise<MeantAction[]> {
  return db.query<MeantAction>(
    `select o.batch_id as id,
            min(o.verb::text) as verb,
            min(o.actor::text) as actor,
            min(o.at) as at,
            count(*)::int as count
     from family_hub_jobs.operator_actions o
     where o.batch_id between $1::uuid and $2::uuid
     group by o.batch_id
     order by o.batch_id
     limit $3`,
    [from, to, most],
  );
}
