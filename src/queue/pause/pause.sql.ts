// Pauses the queue and resumes it, each with its entry in the audit log, in one statement.
import type { OperatorAction } from "../../domain/operator-action.ts";
import type { Queryable } from "../../postgres/database.ts";
import { changedByTrigger } from "../../postgres/row-refused.ts";
import { readPause, type Pause } from "../../queue-table/pause.sql.ts";

const TABLE = "family_hub_jobs.pause";

/** When a pause ends. */
export type PauseEnd = { readonly forMs: number } | { readonly at: Date } | null;

/**
 * Replaces an existing pause, and keeps its beginning.
 * @param end null: until someone resumes the queue
 * @throws RowRefused if the database refuses the pause
 */
export async function pauseQueue(
  db: Queryable,
  end: PauseEnd,
  { actor, reason }: OperatorAction,
): Promise<Pause> {
  const rows = await db.query(
    `with paused as (
       insert into ${TABLE} as p (since, until, actor, reason)
       values (now(), coalesce($1::timestamptz, now() + $2::float8 * interval '1 ms', 'infinity'), $3, $4)
       on conflict (only_row) do update
       set since = case when p.until > now() then p.since else now() end,
           until = excluded.until,
           actor = excluded.actor,
           reason = excluded.reason
       returning p.until
     )
     insert into family_hub_jobs.operator_actions (actor, verb, reason, after)
     select $3, 'pause', $4, pg_catalog.jsonb_build_object('until', until) from paused
     returning true`,
    [
      end !== null && "at" in end ? end.at : null,
      end !== null && "forMs" in end ? end.forMs : null,
      actor,
      reason,
    ],
  );
  const pause = await readPause(db);
  if (rows.length === 0 || pause === null) throw changedByTrigger(TABLE);
  return pause;
}

/** @returns the pause that was ended; null if the queue was not paused */
export async function resumeQueue(
  db: Queryable,
  { actor, reason }: OperatorAction,
): Promise<Pause | null> {
  const pause = await readPause(db);
  const rows = await db.query(
    `with resumed as (
       delete from ${TABLE} p where p.until > now() returning p.until
     )
     insert into family_hub_jobs.operator_actions (actor, verb, reason, before)
     select $1, 'resume', $2, pg_catalog.jsonb_build_object('until', until) from resumed
     returning true`,
    [actor, reason],
  );
  if (pause !== null && rows.length === 0) throw changedByTrigger(TABLE);
  return pause;
}
