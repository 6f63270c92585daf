// Lists jobs by filter in keyset pages.
import type { SortField } from "../../domain/job.ts";
import type { Queryable } from "../../postgres/database.ts";
import { filterConditions, type JobFilter } from "../selection/filter.sql.ts";
import { pageOf, type PagePosition } from "../../queue-table/page.sql.ts";
import { QUEUE, STATUS } from "../../queue-table/queue.sql.ts";

/** Never the password, in no form. */
export interface ListedJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  /** Trimmed and lowercased; anything else than a JobStatus is a row that no run touches. */
  readonly status: string;
  readonly retryCount: number;
  readonly nextRetryAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly createdByUserId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  readonly zitadelUserId: string | null;
}

const SORTS: Record<SortField, { sql: string; type: string }> = {
  createdAt: { sql: "q.created_at", type: "timestamptz" },
  updatedAt: { sql: "q.updated_at", type: "timestamptz" },
  // A job without a next try sorts after all that have one.
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

/** @param most counts no further */
export async function countJobs(
  db: Queryable,
  { filter, leaseMs }: Pick<ListRequest, "filter" | "leaseMs">,
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

/** A ListedJob. */
export const LISTED_COLUMNS = `
  q.id,
  q.family_id as "familyId",
  q.username,
  q.full_name as "fullName",
  q.role,
  ${STATUS} as status,
  q.retry_count as "retryCount",
  q.next_retry_at as "nextRetryAt",
  q.last_error_code as "lastErrorCode",
  q.last_error_message as "lastErrorMessage",
  q.created_by_user_id as "createdByUserId",
  q.created_at as "createdAt",
  q.updated_at as "updatedAt",
  q.completed_at as "completedAt",
  q.zitadel_user_id as "zitadelUserId"`;
