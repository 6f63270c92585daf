// Lists jobs by filter in keyset pages.
import type { Cause } from "../domain/cause.ts";
import type { ErrorCode } from "../domain/failure.ts";
import type { JobStatus, SortField } from "../domain/job.ts";
import type { Queryable } from "./database.ts";
import { moment, type Moment } from "./moment.ts";
import { pageOf, type PagePosition } from "./page.ts";
import { abandoned, DUE_AT, LAST_FAULT, QUEUE, STATUS, WAITING } from "./queue-sql.ts";

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

export interface JobFilter {
  readonly statuses: readonly JobStatus[];
  /** Whose last error has one of these codes, */
  readonly errors: readonly ErrorCode[];
  /** or came about in one of these ways exactly. */
  readonly causes: readonly Cause[];
  readonly familyId: string | null;
  readonly username: string | null;
  readonly createdBy: string | null;
  /** Created at or after. */
  readonly since: Moment | null;
  /** Created before. */
  readonly until: Moment | null;
  readonly due: boolean;
  /** Processing, though its lease is over. */
  readonly stuck: boolean;
  /** Part of the username, the full name or the last error. */
  readonly search: string | null;
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

/** One condition a filter, so that `queue list` and the verbs that act on many mean the same. */
export function filterConditions(
  filter: JobFilter,
  leaseMs: number,
  bind: (value: unknown) => string,
): string[] {
  const conditions: string[] = [];
  if (filter.statuses.length > 0) conditions.push(oneOf(STATUS, filter.statuses, bind));
  const errors = [
    ...(filter.errors.length === 0 ? [] : [oneOf("q.last_error_code::text", filter.errors, bind)]),
    ...filter.causes.map((cause) => causedBy(cause, bind)),
  ];
  if (errors.length > 0) conditions.push(`(${errors.join(" or ")})`);
  if (filter.familyId !== null) conditions.push(`q.family_id = ${bind(filter.familyId)}`);
  if (filter.username !== null)
    conditions.push(`lower(btrim(q.username::text)) = ${bind(filter.username)}`);
  if (filter.createdBy !== null)
    conditions.push(`q.created_by_user_id = ${bind(filter.createdBy)}`);
  if (filter.since !== null) conditions.push(`q.created_at >= ${moment(filter.since, bind)}`);
  if (filter.until !== null) conditions.push(`q.created_at < ${moment(filter.until, bind)}`);
  if (filter.due) conditions.push(IS_DUE);
  if (filter.stuck) conditions.push(abandoned(`${bind(leaseMs)}::float8`));
  if (filter.search !== null) {
    const pattern = bind(`%${filter.search.replace(/[\\%_]/g, "\\$&")}%`);
    conditions.push(
      `(q.username::text ilike ${pattern} or q.full_name::text ilike ${pattern} or q.last_error_message::text ilike ${pattern})`,
    );
  }
  return conditions;
}

/**
 * Gathered first: Postgres takes many jobs for due, and on ten million would look for a page of them
 * by walking all open ones in order.
 */
const IS_DUE = `(q.id = any (array(
      select q.id from ${QUEUE} q
      where ${WAITING} and ${DUE_AT} <= now()))
    -- Asked again of a row that somebody changed while it was waited for.
    and ${WAITING} and ${DUE_AT} <= now())`;

/** Of one value Postgres reads a page off an index in order; of an array, though of one, it sorts all. */
function oneOf(
  column: string,
  values: readonly string[],
  bind: (value: unknown) => string,
): string {
  const [only] = values;
  return values.length === 1
    ? `${column} = ${bind(only)}`
    : `${column} = any (${bind(values)}::text[])`;
}

function causedBy(cause: Cause, bind: (value: unknown) => string): string {
  const { code, grpcCode, zitadelErrorId } = cause;
  return `(q.last_error_code::text is not distinct from ${bind(code)}
    and exists (
      select from (select) as always
      left join lateral (${LAST_FAULT}) a on a.error_code::text = q.last_error_code::text
      where a.grpc_code is not distinct from ${bind(grpcCode)}::int
        and a.zitadel_error_id::text is not distinct from ${bind(zitadelErrorId)}))`;
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
