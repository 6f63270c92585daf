// What each batch of a run cost, by the lines that the batches themselves left in the audit.
import type { BenchDatabase } from "../stage/database.ts";
import { median } from "./spread.ts";

/**
 * From the beginning of one batch to that of the next, in milliseconds for 1,000 rows and in order:
 * batches differ in size.
 * @param counted the number in the audit that tells how many rows it was; other batches are left out
 */
export async function batchCosts(
  db: BenchDatabase,
  verb: string,
  counted: string,
): Promise<number[]> {
  const rows = await db.query<{ ms: number | null }>(
    `select (ms * 1000 / rows)::float8 as ms
     from (
       select action_id, (after ->> $2)::int as rows,
              extract(epoch from lead(at) over (order by action_id) - at) * 1000 as ms
       from family_hub_jobs.operator_actions
       where verb = $1
     ) as batch
     where rows > 0
     order by action_id`,
    [verb, counted],
  );
  return rows.flatMap(({ ms }) => (ms === null ? [] : [ms]));
}

/** How much slower the last quarter of the batches is than the first: 1 where the cost is flat. */
export function slope(costs: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(costs.length / 4));
  return median(costs.slice(-quarter)) / median(costs.slice(0, quarter));
}
