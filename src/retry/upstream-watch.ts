// Watches how Zitadel answers, stops the run if it is down, and records this for later runs.
import type { ClaimedJob } from "../domain/job.ts";
import type { AttemptResult, RunStop } from "../domain/outcome.ts";
import { createUpstreamHealth, FAULT_CODES, isUpstreamFault } from "../domain/upstream-health.ts";
import {
  hasFailedSince,
  markBreakerClosed,
  markBreakerOpen,
  markPaused,
  type Breaker,
} from "../queue-table/breaker.sql.ts";
import type { Queryable } from "../postgres/database.ts";
import type { StopConditions } from "../runs/stop-conditions.ts";

export interface UpstreamWatch {
  /** How many attempts may be in flight now. */
  allowed(): number;
  /** Answers, or missing answers, other than attempts at jobs. */
  note(result: AttemptResult): void;
  /**
   * Records the result of an attempt. After an outage, the job with which the run checks Zitadel uses up no
   * retry if the outage is not over. But a job that has already failed in this outage may be the cause: it
   * uses up a retry, otherwise it would be tried for ever, and it does not count as a sign of an outage.
   * @returns the result with which to settle the job
   */
  judge(db: Queryable, job: ClaimedJob, result: AttemptResult): Promise<AttemptResult>;
  /** Leaves the breaker as later runs need it. */
  remember(db: Queryable): Promise<void>;
}

/** The next run checks Zitadel with another job, if there is one. */
const PUT_OFF_MS = 60_000;

function spare(result: AttemptResult): AttemptResult {
  if (result.kind !== "transient") return result;
  return { kind: "blameless", failure: result.failure, retryAfterMs: PUT_OFF_MS, stop: null };
}

function tooManyFaults(last: AttemptResult): RunStop {
  const why = last.kind === "transient" ? ` (last: ${last.failure.message})` : "";
  const reason = `Zitadel failed too often in a row${why}. Check Zitadel; the next run tries again with a single call`;
  return { outcome: "unavailable", reason };
}

/** @param found the breaker as earlier runs left it */
export function watchUpstream(
  concurrency: number,
  found: Breaker,
  stopping: StopConditions,
): UpstreamWatch {
  const health = createUpstreamHealth(concurrency, found.openedAt !== null);
  let down: RunStop | null = null;
  let pause: { ms: number; reason: string } | null = null;

  function note(result: AttemptResult, suspect = false): void {
    health.note(result, suspect);
    const stop = result.kind === "blameless" ? result.stop : null;
    const reason = stop ?? (health.isOpen() ? tooManyFaults(result) : null);
    if (reason === null) return;
    stopping.stop(reason);
    if (reason.outcome === "unavailable" && reason.leavesBreaker !== true) down ??= reason;
    if (result.kind !== "blameless" || result.retryAfterMs === null) return;
    pause = { ms: Math.max(pause?.ms ?? 0, result.retryAfterMs), reason: reason.reason };
  }

  return {
    allowed: () => health.allowed(),
    note,
    judge: async (db, job, result) => {
      if (found.openedAt === null || !isUpstreamFault(result)) {
        note(result);
        return result;
      }
      const suspect = await hasFailedSince(db, job.id, found.openedAt, FAULT_CODES);
      const spared = health.isInDoubt() && !suspect;
      note(result, suspect);
      return spared ? spare(result) : result;
    },
    remember: async (db) => {
      if (pause !== null) await markPaused(db, pause.ms, pause.reason);
      if (down !== null) await markBreakerOpen(db, down.reason);
      else if (found.openedAt !== null && health.hasRecovered()) await markBreakerClosed(db, found);
    },
  };
}
