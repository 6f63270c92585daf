// What a run records about Zitadel's health for later runs: whether the breaker is open, and until when to
// wait.
import type { Queryable } from "../postgres/database.ts";
import { FARTHEST_AHEAD } from "./queue.sql.ts";
import { changedByTrigger } from "../postgres/row-refused.ts";

export interface Breaker {
  /** Open since the run that met too many errors of Zitadel in a row. */
  readonly openedAt: Date | null;
  /** Zitadel or a proxy asked for no calls until then; null once that time has passed. */
  readonly pausedUntil: Date | null;
  readonly reason: string | null;
  readonly updatedAt: Date;
}

export async function readBreaker(db: Queryable): Promise<Breaker> {
  const [row] = await db.query<Breaker>(
    `select case when opened_at is not null then least(opened_at, now()) end as "openedAt", reason, updated_at as "updatedAt",
            case when ${PAUSED_UNTIL} > now() then ${PAUSED_UNTIL} end as "pausedUntil"
     from family_hub_jobs.breaker`,
  );
  return row ?? { openedAt: null, pausedUntil: null, reason: null, updatedAt: new Date(0) };
}

/**
 * Until when to wait. If a clock was ahead when this was written, it counts from the last change, and not at
 * all if that is in the future, too.
 */
const PAUSED_UNTIL = `case
  when paused_until <= now() + ${FARTHEST_AHEAD} then paused_until
  when paused_until is not null and updated_at <= now() then updated_at + ${FARTHEST_AHEAD}
end`;

/**
 * A breaker that is already open keeps its opening time.
 * @throws RowRefused
 */
export async function markBreakerOpen(db: Queryable, reason: string): Promise<void> {
  const rows = await db.query(
    `update family_hub_jobs.breaker
     set opened_at = least(opened_at, now()), reason = left($1::text, 2000), updated_at = now()
     returning true`,
    [reason],
  );
  if (rows.length === 0) throw changedByTrigger("family_hub_jobs.breaker");
}

/**
 * @param found the state that this run has proved wrong: newer entries of a run of another shard stay, and a
 * pause stays until it is over
 */
export async function markBreakerClosed(db: Queryable, found: Breaker): Promise<void> {
  await db.query(
    `update family_hub_jobs.breaker
     set opened_at = null,
         reason = case when ${PAUSED_UNTIL} > now() then reason end,
         updated_at = now()
     -- A JavaScript Date has only milliseconds.
     where date_trunc('milliseconds', updated_at) = $1`,
    [found.updatedAt],
  );
}

/** @throws RowRefused */
export async function markPaused(
  db: Queryable,
  retryAfterMs: number,
  reason: string,
): Promise<void> {
  const rows = await db.query(
    `update family_hub_jobs.breaker
     set paused_until = greatest(${PAUSED_UNTIL}, now() + $1::float8 * interval '1 ms'),
         reason = left($2::text, 2000),
         updated_at = now()
     returning true`,
    [retryAfterMs, reason],
  );
  if (rows.length === 0) throw changedByTrigger("family_hub_jobs.breaker");
}

/** Whether an attempt at the job has ended since then with one of the codes, even if it used up no retry. */
export async function hasFailedSince(
  db: Queryable,
  jobId: string,
  since: Date,
  codes: readonly string[],
): Promise<boolean> {
  const rows = await db.query(
    `select 1 from family_hub_jobs.attempts a
     where a.job_id = $1 and a.finished_at >= $2 and a.error_code::text = any ($3::text[])
     limit 1`,
    [jobId, since, codes],
  );
  return rows.length > 0;
}
