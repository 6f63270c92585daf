// Finds the jobs that match a shortened ID or a username.
import type { IdRange } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { QUEUE, STATUS } from "../../queue-table/queue.sql.ts";

export interface FoundJob {
  readonly id: string;
  readonly username: string;
  readonly status: string;
  readonly lastErrorCode: string | null;
}

const COLUMNS = `q.id, q.username, ${STATUS} as status, q.last_error_code as "lastErrorCode"`;

/**
 * Reads each range from the primary key: the cost does not depend on how many jobs it holds.
 * @param most how many jobs of a range to return, in the order of IDs
 * @returns the jobs of each range, at the index of the range
 */
export async function findJobsInRanges(
  db: Queryable,
  ranges: readonly IdRange[],
  most: number,
): Promise<FoundJob[][]> {
  const found = await db.query<FoundJob & { index: number }>(
    `select typed.index::int - 1 as index, q.*
     from unnest($1::uuid[], $2::uuid[]) with ordinality as typed (low, high, index)
     cross join lateral (
       select ${COLUMNS}
       from ${QUEUE} q
       where q.id between typed.low and typed.high
       order by q.id
       limit $3
     ) q
     order by typed.index, q.id`,
    [ranges.map(({ from }) => from), ranges.map(({ to }) => to), most],
  );
  const jobs: FoundJob[][] = ranges.map(() => []);
  for (const { index, ...job } of found) jobs[index]?.push(job);
  return jobs;
}

/**
 * @param username normalized
 * @returns its jobs, the newest first
 */
export async function findJobsOfUsername(
  db: Queryable,
  username: string,
  most: number,
): Promise<FoundJob[]> {
  return db.query<FoundJob>(
    `select ${COLUMNS}
     from ${QUEUE} q
     where lower(btrim(q.username::text)) = $1
     order by q.created_at desc, q.id desc
     limit $2`,
    [username, most],
  );
}
