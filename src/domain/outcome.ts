// Decides the outcome of an attempt for its job: the contract's table as one pure function.
import type { Failure } from "./failure.ts";

/** The result of one attempt. A reason to stop the run is returned with the job that met it. */
export type AttemptResult =
  | ({ kind: "created" } & Account)
  /** An earlier attempt created the account and died, or its answer was lost. */
  | ({ kind: "adopted" } & Account & {
        /** The account's username, if it differs from the job's. */
        username?: string;
      })
  /** `answers`: the server has answered a lookup since, so the error is no sign of an outage. */
  | { kind: "transient"; failure: Failure; answers?: true }
  | { kind: "permanent"; failure: Failure }
  /** Not the job's fault: no retry is used up. */
  | { kind: "blameless"; failure: Failure; retryAfterMs: number | null; stop: RunStop | null };

interface Account {
  zitadelUserId: string;
  /** What an operator should know about it: stored, logged and shown. null if there is nothing. */
  note: string | null;
}

/** Why the run must not start another job. */
export interface RunStop {
  readonly outcome: "stopped" | "paused" | "unavailable" | "refused" | "interrupted";
  readonly reason: string;
  /** It may not be an outage: the breaker stays as it is. */
  readonly leavesBreaker?: true;
}

export type Outcome =
  | ({ kind: "completed"; adopted: boolean } & Account)
  | { kind: "retry"; retryCount: number; delayMs: number; failure: Failure }
  | { kind: "failed"; retryCount: number; failure: Failure }
  | { kind: "deferred"; failure: Failure; retryAfterMs: number | null };

export interface RetrySchedule {
  /** Wait before retry 1, 2, …; there are as many retries as delays. Milliseconds. */
  readonly delaysMs: readonly number[];
  /** 0.1 adds up to a tenth to each delay; it never shortens one. */
  readonly jitter: number;
}

export function retriesLeft(retryCount: number, schedule: RetrySchedule): boolean {
  return retryCount < schedule.delaysMs.length;
}

/** @param random in [0, 1), used only for jitter */
export function decide(
  retryCount: number,
  result: AttemptResult,
  schedule: RetrySchedule,
  random: number,
): Outcome {
  switch (result.kind) {
    case "created":
    case "adopted":
      return {
        kind: "completed",
        adopted: result.kind === "adopted",
        zitadelUserId: result.zitadelUserId,
        note: result.note,
      };
    case "permanent":
      return { kind: "failed", retryCount, failure: result.failure };
    case "blameless":
      return { kind: "deferred", failure: result.failure, retryAfterMs: result.retryAfterMs };
    case "transient": {
      const delayMs = schedule.delaysMs[retryCount];
      if (delayMs === undefined) return { kind: "failed", retryCount, failure: result.failure };
      const jitteredMs = Math.round(delayMs * (1 + schedule.jitter * random));
      return {
        kind: "retry",
        retryCount: retryCount + 1,
        delayMs: jitteredMs,
        failure: result.failure,
      };
    }
    default:
      return result satisfies never;
  }
}
