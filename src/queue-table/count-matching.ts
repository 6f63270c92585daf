// Counts the rows that a filter matches, for people who look at a page of them: quickly, or not at all.
import type { MatchCount } from "../domain/match-count.ts";
import type { Queryable } from "../postgres/database.ts";
import { withinTime } from "../postgres/within-time.ts";

/** No more than this are counted. */
const CAP = 10_000;
const TIMEOUT_MS = 200;

/** @returns null if Postgres would take long, for example because nearly every row must be read */
export async function countMatching(
  tx: Queryable,
  count: (most: number) => Promise<number>,
): Promise<MatchCount | null> {
  const found = await withinTime(tx, TIMEOUT_MS, () => count(CAP + 1));
  return found === null ? null : { count: Math.min(found, CAP), capped: found > CAP };
}
