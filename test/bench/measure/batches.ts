// How long each batch of a run took, by the lines that the batches themselves left in the audit.
import type { BenchDatabase } from "../stage/database.ts";
import { median } from "./spread.ts";

/** Between one batch and the next, in milliseconds and in order. */
export async function batchTimes(db: BenchDatabase, verb: string): Promise<number[]> {
  const rows = await db.query<{ ms: number | null }>(
    `select extract(epoch from at - lag(at) over (order by action_id))::float8 * 1000 as ms
     from family_hub_jobs.operator_actions
     where verb = $1
     order by action_id`,
    [verb],
  );
  return rows.flatMap(({ ms }) => (ms === null ? [] : [ms]));
}

/** How much slower the last quarter of the batches is than the first: 1 where the cost is flat. */
export function slope(times: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(times.length / 4));
  return median(times.slice(-quarter)) / median(times.slice(0, quarter));
}
