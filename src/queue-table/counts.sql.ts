// Counts the queue for people, from partial indexes: the cost does not depend on the size of the table.
import { DATABASE_REFUSALS } from "../domain/database-refusal.ts";
import type { Queryable } from "../postgres/database.ts";
import { abandoned, DUE_AT, IMPOSSIBLE, POSSIBLE, QUEUE, STATUS, WAITING } from "./queue.sql.ts";

export interface QueueCounts {
  readonly pending: number;
  readonly processing: number;
  /** A number above the cap means only that there are more. */
  readonly completed: number;
  readonly failed: number;
  readonly due: number;
  readonly oldestDueAt: Date | null;
  readonly nextDueAt: Date | null;
  /** Waiting for `infinity`. */
  readonly neverDue: number;
  /** Waiting because the database refused to store their last result. */
  readonly refusedByDatabase: number;
  readonly stuck: number;
  /** Rows that no run may touch; a number above IMPOSSIBLE_CAP means only that there are more. */
  readonly impossible: number;
  /** Of the jobs that failed permanently; `none` if no code was recorded. */
  readonly failuresByCode: Readonly<Record<string, number>>;
  /** Waiting jobs whose last retry will be within the hour. */
  readonly spentWithinHour: number;
}

export interface CountRequest {
  readonly leaseMs: number;
  /** By retry_count: a job counts if it is due within this time; null means never. */
  readonly spentIfDueWithinMs: readonly (number | null)[];
  /** The most completed jobs to count; null reads and counts all of them. */
  readonly cap: number | null;
}

export async function countQueue(db: Queryable, request: CountRequest): Promise<QueueCounts> {
  const [row] = await db.query<QueueCounts>(COUNT, [
    request.leaseMs,
    request.spentIfDueWithinMs,
    request.cap === null ? null : request.cap + 1,
    DATABASE_REFUSALS,
  ]);
  return row as QueueCounts;
}

/** No more rows than this are counted. */
export const IMPOSSIBLE_CAP = 1000;

const IS_DUE = `${DUE_AT} <= now() and ${POSSIBLE}`;

/**
 * For job `q`.
 * @param beginnings the parameter that holds DATABASE_REFUSALS
 */
function refusedByDatabase(beginnings: string): string {
  return `(q.last_error_code = 'internal' and exists (
      select from unnest(${beginnings}::text[]) as refusal (beginning)
      where starts_with(q.last_error_message, refusal.beginning)))`;
}

/** Waiting jobs whose last result the database refused to store. */
export async function countRefusedByDatabase(db: Queryable): Promise<number> {
  const [row] = await db.query<{ jobs: number }>(
    `select count(*)::int as jobs
     from ${QUEUE} q
     where ${WAITING} and ${refusedByDatabase("$1")}`,
    [DATABASE_REFUSALS],
  );
  return row?.jobs ?? 0;
}

const COUNT = `
  select
    waiting.pending,
    processing.total as processing,
    completed.known + completed.elsewhere as completed,
    gone.total + waiting.failed as failed,
    waiting.due,
    waiting."oldestDueAt",
    waiting."nextDueAt",
    waiting."neverDue",
    waiting."refusedByDatabase",
    processing.stuck,
    impossible.total as impossible,
    gone."failuresByCode",
    waiting."spentWithinHour"
  from
    (select count(*) filter (where ${STATUS} = 'pending')::int as pending,
            count(*) filter (where ${STATUS} = 'failed')::int as failed,
            count(*) filter (where ${IS_DUE})::int as due,
            -- A job that was never scheduled has been due since it was created.
            min(coalesce(nullif(q.next_retry_at, '-infinity'), q.created_at))
              filter (where ${IS_DUE})::timestamptz as "oldestDueAt",
            min(q.next_retry_at)
              filter (where q.next_retry_at > now() and q.next_retry_at < 'infinity' and ${POSSIBLE}
              )::timestamptz as "nextDueAt",
            count(*) filter (where q.next_retry_at = 'infinity' and ${POSSIBLE})::int as "neverDue",
            count(*) filter (where ${refusedByDatabase("$4")})::int as "refusedByDatabase",
            -- An impossible retry_count is outside the array, which gives null.
            count(*) filter (where ${DUE_AT} <= (
              select array_agg(now() + ms * interval '1 ms' order by n)
              from unnest($2::float8[]) with ordinality as slack (ms, n))[q.retry_count + 1]
            )::int as "spentWithinHour"
     from ${QUEUE} q
     where ${WAITING}) waiting,
    (select count(*)::int as total,
            count(*) filter (where ${abandoned("$1::float8")})::int as stuck
     from ${QUEUE} q
     where ${STATUS} = 'processing') processing,
    (select coalesce(sum(n), 0)::int as total,
            coalesce(jsonb_object_agg(code, n), '{}') as "failuresByCode"
     from (select coalesce(q.last_error_code, 'none') as code, count(*)::int as n
           from ${QUEUE} q
           where ${STATUS} = 'failed' and q.next_retry_at is null
           group by q.last_error_code) by_code) gone,
    -- Two subqueries, because there are two indexes over completed jobs. A scan of the table would not stop
    -- early if its first pages hold mostly other jobs.
    (select (select count(*)::int
             from (select from ${QUEUE} q
                   where ${STATUS} = 'completed' and q.completed_at is not null limit $3) c) as known,
            (select count(*)::int
             from (select from ${QUEUE} q
                   where ${STATUS} = 'completed' and q.completed_at is null limit $3) c) as elsewhere
    ) completed,
    -- Ordered because the planner estimates that nearly every row is impossible: only an index in this order
    -- keeps it from reading the table.
    (select count(*)::int as total
     from (select q.id from ${QUEUE} q where ${IMPOSSIBLE} order by q.id limit ${IMPOSSIBLE_CAP + 1}) i) impossible`;

export interface HourCount {
  /** The beginning of the hour. */
  readonly hour: Date;
  /** Accounts created or adopted in this hour. */
  readonly created: number;
}

/**
 * The last 24 clock hours in UTC, including the current one.
 * @param cap for each hour
 */
export async function countCreatedByHour(db: Queryable, cap: number | null): Promise<HourCount[]> {
  return db.query<HourCount>(
    `select h.hour,
            (select count(*)::int
             from (select from family_hub_jobs.attempts a
                   where a.finished_at >= h.hour and a.finished_at < h.hour + interval '1 hour'
                     and a.outcome in ('created', 'adopted')
                   limit $1) c) as created
     from generate_series(date_trunc('hour', now()) - interval '23 hours',
                          date_trunc('hour', now()), interval '1 hour') as h (hour)
     order by h.hour`,
    [cap === null ? null : cap + 1],
  );
}

export const COUNT_CAP = 10_000;
