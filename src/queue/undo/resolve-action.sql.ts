// Finds the operator actions that match a shortened ID.
import type { IdRange } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";

/** What one command of an operator did. */
export interface CandidateAction {
  readonly id: string;
  readonly verb: string;
  readonly actor: string;
  readonly at: Date;
  /** The number of its jobs. */
  readonly count: number;
}

/**
 * Reads the index by action.
 * @param most how many to return, in the order of IDs
 */
export async function findActionsInRange(
  db: Queryable,
  { from, to }: IdRange,
  most: number,
): Promise<CandidateAction[]> {
  return db.query<CandidateAction>(
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
