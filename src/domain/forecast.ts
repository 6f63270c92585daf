// Forecasts the queue from the pace of the last runs: when the backlog ends, and which jobs will fail.
import { MAX_RETRIES } from "./job.ts";
import type { RetrySchedule } from "./outcome.ts";

const HORIZON_MS = 3_600_000;

export interface WorkedRun {
  /** Jobs whose attempt it settled, whatever the result. */
  readonly jobs: number;
  readonly durationMs: number;
}

/** Reasons why the pace of the last runs says nothing about the next ones, the first to remove first. */
export const OBSTACLES = [
  // A run holds the lock, but no longer works.
  "run_hangs",
  // Another program holds the lock.
  "lock_held",
  // An operator paused the queue.
  "queue_paused",
  // Runs hold back calls to Zitadel.
  "zitadel_unwell",
  // The last run ended because Zitadel or Postgres refused it, or did not answer.
  "last_run_failed",
  // Jobs wait for a password key.
  "key_missing",
  // No run has started for long: the schedule has stopped.
  "no_run_begins",
] as const;

export type Obstacle = (typeof OBSTACLES)[number];

export interface Forecast {
  /** Of the last runs that had work; null if there was none. */
  readonly jobsPerSecond: number | null;
  /** When the jobs due now will have been processed; null if that is unknown. */
  readonly drainedAt: Date | null;
  /** Why it is unknown; null if it is known. */
  readonly unknownBecause: Obstacle | "nothing_due" | "no_pace" | null;
  /** All known obstacles, even if nothing is due. */
  readonly obstacles: readonly Obstacle[];
  /** Jobs that fail permanently within the hour if Zitadel answers with errors until then. */
  readonly spentWithinHour: number;
}

export function forecast(
  now: Date,
  backlog: { readonly due: number; readonly spentWithinHour: number },
  runs: readonly WorkedRun[],
  obstacles: readonly Obstacle[],
): Forecast {
  const jobsPerSecond = paceOf(runs);
  const unknownBecause =
    backlog.due === 0
      ? "nothing_due"
      : (obstacles[0] ?? (jobsPerSecond === null ? "no_pace" : null));
  const known = unknownBecause === null && jobsPerSecond !== null;
  return {
    jobsPerSecond: jobsPerSecond === null ? null : Math.round(jobsPerSecond * 10) / 10,
    drainedAt: known ? new Date(now.getTime() + (backlog.due / jobsPerSecond) * 1000) : null,
    unknownBecause,
    obstacles,
    spentWithinHour: backlog.spentWithinHour,
  };
}

function paceOf(runs: readonly WorkedRun[]): number | null {
  const jobs = runs.reduce((sum, run) => sum + run.jobs, 0);
  const seconds = runs.reduce((sum, run) => sum + run.durationMs, 0) / 1000;
  return jobs > 0 && seconds > 0 ? jobs / seconds : null;
}

/**
 * For each retry_count from 0 to 5: how soon, in milliseconds, the next attempt must be due so that all
 * further ones lie within the hour; null if they never do. Ignores jitter.
 */
export function spentIfDueWithinMs({ delaysMs }: RetrySchedule): (number | null)[] {
  return Array.from({ length: MAX_RETRIES + 1 }, (_, retryCount) => {
    const left = delaysMs.slice(retryCount);
    const slackMs = HORIZON_MS - left.reduce((sum, delayMs) => sum + delayMs, 0);
    return slackMs >= 0 ? slackMs : null;
  });
}
