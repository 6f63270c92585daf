// SQL for the filters of `queue list`, the same for every command that changes many jobs.
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
  /** Jobs whose last error has one of these codes, */
  readonly errors: readonly ErrorCode[];
  /** or exactly one of these causes. */
  readonly causes: readonly Cause[];
  readonly familyId: string | null;
  readonly username: string | null;
  readonly createdBy: string | null;
  /** Created at or after. */
  readonly since: Moment | null;
  /** Created before. */
  readonly until: Moment | null;
  readonly due: boolean;
  /** Processing, although its lease has ended. */
  readonly stuck: boolean;
  /** Rows that no run may touch. */
  readonly impossible: boolean;
  /** Not completed, with a password that needs this key. */
  readonly key: string | null;
  /** Part of the username, the full name or the last error. */
  readonly search: string | null;
}

/** One SQL condition for each filter, so that all commands select the same jobs. */
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
  if (filter.key !== null) conditions.push(needsKey(filter.key, bind));
  if (filter.search !== null) {
    const pattern = bind(`%${filter.search.replace(/[\\%_]/g, "\\$&")}%`);
    conditions.push(
      `(q.username::text ilike ${pattern} or q.full_name::text ilike ${pattern} or q.last_error_message::text ilike ${pattern})`,
    );
  }
  return conditions;
}

/**
 * Collected first: Postgres overestimates the due jobs, and would search ten million rows for a page of them
 * by walking all open jobs in order.
 */
const IS_DUE = `(q.id = any (array(
      select q.id from ${QUEUE} q
      where ${WAITING} and ${DUE_AT} <= now()))
    -- Checked again, because another session may have changed the row while this one waited for it.
    and ${WAITING} and ${DUE_AT} <= now())`;

/** More than anybody would fix by hand. */
const MOST_IMPOSSIBLE = 100_000;

/**
 * Collected first, in the order of their index: Postgres estimates that nearly every row is impossible, and
 * would read the whole table for a page.
 */
const IS_IMPOSSIBLE = `(q.id = any (array(
      select q.id from ${QUEUE} q where ${IMPOSSIBLE} order by q.id limit ${MOST_IMPOSSIBLE}))
    and ${IMPOSSIBLE})`;

/**
 * For one value Postgres reads a page from an index in order; for an array, even with one element, it sorts
 * all rows.
 */
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

const HEADER = `split_part(q.encrypted_password::text, '.', 1)`;
const PADDED = `rpad(translate(${HEADER}, '-_', '+/'), (length(${HEADER}) + 3) / 4 * 4, '=')`;

/** The header is base64url of JSON; any other text names no key. */
function needsKey(key: string, bind: (value: unknown) => string): string {
  // Postgres's `escape` doubles each backslash.
  const named = `"kid":${JSON.stringify(key)}`.replaceAll("\\", "\\\\");
  return `(${STATUS} <> 'completed'
    and case
      when ${HEADER} ~ '^[A-Za-z0-9_-]+$' and length(${HEADER}) % 4 <> 1 then
        strpos(replace(encode(decode(${PADDED}, 'base64'), 'escape'), '": ', '":'), ${bind(named)}) > 0
      else false
    end)`;
}
