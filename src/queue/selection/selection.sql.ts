// The jobs that a filter means, for verbs that act on many.
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
 * Those created first at the front: who has waited longest goes first.
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

/** Those of the ids whose jobs match, in the order of `selectJobIds`. */
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

/** @param most counts no further */
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
