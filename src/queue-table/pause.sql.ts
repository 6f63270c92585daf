// The pause that an operator set: until it ends, no run starts a job.
import type { Queryable } from "../postgres/database.ts";

export interface Pause {
  readonly since: Date;
  /** null: until someone resumes the queue. */
  readonly until: Date | null;
  readonly actor: string;
  readonly reason: string;
}

/** Whether the queue is paused now, for use in a larger statement. */
export const IS_PAUSED = `exists (select from family_hub_jobs.pause p where p.until > now())`;

/** @returns null if the queue is not paused */
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
  const end =
    until === null
      ? "until `queue resume`"
      : `until ${until.toISOString().replace(/\.\d+Z$/, "Z")}`;
  return `paused ${end} by ${actor}: ${reason}`;
}

/**
 * Advice without capital letter and full stop: only the person who paused knows whether the reason still
 * applies.
 */
export function resumeAdvice(actor: string): string {
  return `ask ${actor} first, then \`family-hub-jobs queue resume\``;
}

/** What to say about jobs that were just made due; null if the queue is not paused. */
export async function readDelay(db: Queryable): Promise<string | null> {
  const pause = await readPause(db);
  return pause === null ? null : `The queue is ${describePause(pause)}. No job starts before then.`;
}
