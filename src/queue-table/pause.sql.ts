// The pause that an operator asked for: until it is over, no run begins a job.
import type { Queryable } from "../postgres/database.ts";

export interface Pause {
  readonly since: Date;
  /** null: until somebody resumes. */
  readonly until: Date | null;
  readonly actor: string;
  readonly reason: string;
}

/** Whether there is one now: for a statement that asks more. */
export const IS_PAUSED = `exists (select from family_hub_jobs.pause p where p.until > now())`;

/** @returns null where nobody paused the queue, or that is over */
export async function readPause(db: Queryable): Promise<Pause | null> {
  const [row] = await db.query<Pause>(
    `select p.since,
            nullif(p.until, 'infinity'::timestamptz) as until,
            p.actor,
            p.reason
     from family_hub_jobs.pause p
     where p.until > now()`,
  );
  return row ?? null;
}

export function describePause({ until, actor, reason }: Pause): string {
  const end = until === null ? "until `queue resume`" : `until ${until.toISOString()}`;
  return `paused ${end} by ${actor}: ${reason}`;
}

/** An order, without capital and full stop: only the person who paused it knows whether the reason is gone. */
export function resumeAdvice(actor: string): string {
  return `ask ${actor} first, then \`family-hub-jobs queue resume\``;
}

/** What is to be said of jobs that were just made due; null where the queue is not paused. */
export async function readDelay(db: Queryable): Promise<string | null> {
  const pause = await readPause(db);
  return pause === null ? null : `The queue is ${describePause(pause)}. No job starts before then.`;
}
