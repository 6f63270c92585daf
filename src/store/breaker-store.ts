// What a run leaves for the next ones about Zitadel's health: open or closed, and until when to wait.
import type { Queryable } from "./database.ts";

export interface Breaker {
  /** Open since the run that met too many upstream faults in a row. */
  readonly openedAt: Date | null;
  /** Zitadel or a proxy asked for silence until then; null once that time has passed. */
  readonly pausedUntil: Date | null;
  readonly reason: string | null;
}

export async function readBreaker(db: Queryable): Promise<Breaker> {
  const [row] = await db.query<Breaker>(
    `select opened_at as "openedAt", reason,
            case when paused_until > now() then paused_until end as "pausedUntil"
     from family_hub_jobs.breaker`,
  );
  return row ?? { openedAt: null, pausedUntil: null, reason: null };
}

/** A breaker that is open already keeps the time since when. */
export async function markBreakerOpen(db: Queryable, reason: string): Promise<void> {
  await db.query(
    `update family_hub_jobs.breaker
     set opened_at = coalesce(opened_at, now()), reason = left($1, 2000), updated_at = now()`,
    [reason],
  );
}

export async function markBreakerClosed(db: Queryable): Promise<void> {
  await db.query(
    `update family_hub_jobs.breaker
     set opened_at = null, paused_until = null, reason = null, updated_at = now()
     where opened_at is not null or paused_until is not null`,
  );
}

export async function markPaused(
  db: Queryable,
  retryAfterMs: number,
  reason: string,
): Promise<void> {
  await db.query(
    `update family_hub_jobs.breaker
     set paused_until = now() + $1::float8 * interval '1 ms', reason = left($2, 2000), updated_at = now()`,
    [retryAfterMs, reason],
  );
}
