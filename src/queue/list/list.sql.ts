// Lists jobs by filter in keyset pages.
import { type ListedJob, LISTED_COLUMNS } from "../../queue-table/listed-job.sql.ts";
import type { SortField } from "../../domain/job.ts";
import type { Queryable } from "../../postgres/database.ts";
import { filterConditions, type JobFilter } from "../selection/filter.sql.ts";
import { pageOf, type PagePosition } from "../../queue-table/page.sql.ts";
import { QUEUE } from "../../queue-table/queue.sql.ts";

const SORTS: Record<SortField, { sql: string; type: string }> = {
  createdAt: { sql: "q.created_at", type: "timestamptz" },
  updatedAt: { sql: "q.updated_at", type: "timestamptz" },
  // A job without a next retry sorts after all that have one.
  nextRetryAt: { sql: "coalesce(q.next_retry_at, 'infinity')", type: "timestamptz" },
  username: { sql: "q.username::text", type: "text" },
  retryCount: { sql: "q.retry_count", type: "int" },
};

export interface ListRequest {
  readonly filter: JobFilter;
  readonly sort: { readonly field: SortField; readonly descending: boolean };
  readonly limit: number;
  readonly after: PagePosition | null;
  readonly leaseMs: number;
}

export async function listJobs(
  db: Queryable,
  request: ListRequest,
): Promise<{ jobs: ListedJob[]; next: PagePosition | null }> {
  const { sort, limit, after } = request;
  const { sql, type } = SORTS[sort.field];
  const [order, beyond] = sort.descending ? ["desc", "<"] : ["asc", ">"];
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = filterConditions(request.filter, request.leaseMs, bind);
  if (after !== null) {
    conditions.push(
      `(${sql}, q.id) ${beyond} (${bind(after.value)}::${type}, ${bind(after.id)}::uuid)`,
    );
  }
  const rows = await db.query<ListedJob & { sortValue: string }>(
    `select ${LISTED_COLUMNS}, (${sql})::text as "sortValue"
     from ${QUEUE} q
     where ${conditions.join(" and ") || "true"}
     order by ${sql} ${order}, q.id ${order}
     limit ${bind(limit + 1)}`,
    values,
  );
  const { rows: jobs, next } = pageOf(rows, limit, ({ id }) => id);
  return { jobs, next };
}
