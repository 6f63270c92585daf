// A reason why a job is not running now, with the code that scripts read and the text for people.
import type { RetrySchedule } from "../../domain/outcome.ts";

export type ReasonCode =
  | "scheduled"
  | "due"
  | "leased"
  | "held_elsewhere"
  | "stuck"
  | "paused"
  | "queue_paused"
  | "breaker_open"
  | "locked"
  | "key_missing"
  | "password_erased"
  | "family_missing"
  | "family_deleted"
  | "username_taken"
  | "invalid_argument"
  | "never"
  | "unknown_status"
  | "impossible_retry_count"
  | "completed"
  | "failed"
  | "canceled";

export interface Reason {
  readonly code: ReasonCode;
  /** Whole sentences. May quote the row, which other people may have written. */
  readonly text: string;
}

export function reason(code: ReasonCode, text: string): Reason {
  return { code, text };
}

export function hostAndPid({ host, pid }: { host: string | null; pid: number | null }): string {
  return host === null ? "" : ` (host ${host}, pid ${pid})`;
}

/** More retries than delays: they were scheduled when there were more delays. */
export function retryOf(retry: number, { delaysMs }: RetrySchedule): string {
  return retry > delaysMs.length ? "its last retry" : `retry ${retry} of ${delaysMs.length}`;
}

/** A recorded reason as the end of a sentence; empty if there is none. */
export function because(why: string | null): string {
  return why === null ? "" : `: ${why.replace(/\.$/, "")}`;
}
