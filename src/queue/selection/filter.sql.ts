// Which jobs a filter of `queue list` means: the same for every verb that takes several.
import type { Cause } from "../../domain/cause.ts";
import type { ErrorCode } from "../../domain/failure.ts";
import type { JobStatus } from "../../domain/job.ts";
import { moment } from "../../postgres/moment.ts";
import type { Moment } from "../../domain/moment.ts";
import {
  abandoned,
  DUE_AT,
  IMPOSSIBLE,
  LAST_FAULT,
  QUEUE,
  STATUS,
  WAITING,
} from "../../queue-table/queue.sql.ts";

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
  /** Such that no run touches it. */
  readonly impossible: boolean;
  /** Part of the username, the full name or the last error. */
  readonly search: string | null;
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
  if (filter.impossible) conditions.push(IS_IMPOSSIBLE);
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

/** Beyond any number that somebody would fix by hand. */
const MOST_IMPOSSIBLE = 100_000;

/**
 * Gathered first, in the order of their index: Postgres takes nearly every row for impossible, and
 * would read the table to find a page of them.
 */
const IS_IMPOSSIBLE = `(q.id = any (array(
      select q.id from ${QUEUE} q where ${IMPOSSIBLE} order by q.id limit ${MOST_IMPOSSIBLE}))
    and ${IMPOSSIBLE})`;

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
