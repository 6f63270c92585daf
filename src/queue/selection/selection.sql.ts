// Reads the IDs of the jobs that a filter matches, for commands that change many.
import type { Queryable } from "../../postgres/database.ts";
import { filterConditions, type JobFilter } from "./filter.sql.ts";
import { QUEUE } from "../../queue-table/queue.sql.ts";
import { streamIds } from "../../postgres/stream-ids.ts";

export interface SelectRequest {
  readonly filter: JobFilter;
  /** null for all of them. */
  readonly limit: number | null;
  readonly leaseMs: number;
}

/**
 * The oldest jobs come first, because they have waited longest.
 * @param tx as for `streamIds`
 */
export async function* selectJobIds(
  tx: Queryable,
  { filter, limit, leaseMs }: SelectRequest,
): AsyncGenerator<string[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = filterConditions(filter, leaseMs, bind);
  yield* streamIds(
    tx,
    `select q.id
     from ${QUEUE} q
     where ${conditions.join(" and ") || "true"}
     order by q.created_at, q.id
     limit ${bind(limit)}`,
    values,
  );
}

/** Those of the IDs whose jobs match, in the order of `selectJobIds`. */
export async function selectMatching(
  db: Queryable,
  { filter, leaseMs }: SelectRequest,
  ids: readonly string[],
): Promise<string[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = filterConditions(filter, leaseMs, bind);
  conditions.push(`q.id = any (${bind(ids)}::uuid[])`);
  const rows = await db.query<{ id: string }>(
    `select q.id
     from ${QUEUE} q
     where ${conditions.join(" and ")}
     order by q.created_at, q.id`,
    values,
  );
  return rows.map(({ id }) => id);
}

/** @param most where counting stops */
export async function countJobs(
  db: Queryable,
  { filter, leaseMs }: Omit<SelectRequest, "limit">,
  most: number,
): Promise<number> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = filterConditions(filter, leaseMs, bind);
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count
     from (
       select
       from ${QUEUE} q
       where ${conditions.join(" and ") || "true"}
       limit ${bind(most)}
     ) matching`,
    values,
  );
  return row?.count ?? 0;
}
