// How short IDs can be while each remains unique among its kind.
import { digitsNeeded } from "../domain/short-id.ts";
import type { Queryable } from "../postgres/database.ts";
import { QUEUE } from "./queue.sql.ts";

/** Each table has an index that begins with the ID. */
const PLACES = {
  job: { table: QUEUE, column: "id" },
  run: { table: "family_hub_jobs.runs", column: "run_id" },
  action: { table: "family_hub_jobs.operator_actions", column: "batch_id" },
} as const;

export type IdKind = keyof typeof PLACES;

interface Neighbours {
  readonly id: string;
  readonly below: string | null;
  readonly above: string | null;
}

/**
 * Two steps through the index for each id, however many others there are.
 * @returns digits, the same for all of the ids; at least 8
 */
export async function readShortIdDigits(
  db: Queryable,
  kind: IdKind,
  ids: readonly string[],
): Promise<number> {
  const { table, column } = PLACES[kind];
  const found = await db.query<Neighbours>(
    `select
       shown.id,
       (select t.${column} from ${table} t
        where t.${column} < shown.id order by t.${column} desc limit 1) as below,
       (select t.${column} from ${table} t
        where t.${column} > shown.id order by t.${column} limit 1) as above
     from unnest($1::uuid[]) as shown (id)`,
    [ids],
  );
  return found.reduce(
    (most, { id, below, above }) => Math.max(most, digitsNeeded(id, [below, above])),
    digitsNeeded("", []),
  );
}
