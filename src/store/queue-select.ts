// The jobs that a filter means, for verbs that act on many.
import type { Queryable } from "./database.ts";
import { filterConditions, type JobFilter } from "./queue-list.ts";
import { QUEUE } from "./queue-sql.ts";

export interface SelectRequest {
  readonly filter: JobFilter;
  /** null for all of them. */
  readonly limit: number | null;
  readonly leaseMs: number;
  /** Only of these. */
  readonly among?: readonly string[];
}

/** Ids, those created first at the front: who has waited longest goes first. */
export async function selectJobIds(
  db: Queryable,
  { filter, limit, leaseMs, among }: SelectRequest,
): Promise<string[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = filterConditions(filter, leaseMs, bind);
  if (among !== undefined) conditions.push(`q.id = any (${bind(among)}::uuid[])`);
  const rows = await db.query<{ id: string }>(
    `select q.id
     from ${QUEUE} q
     where ${conditions.join(" and ") || "true"}
     order by q.created_at, q.id
     limit ${bind(limit)}`,
    values,
  );
  return rows.map(({ id }) => id);
}
