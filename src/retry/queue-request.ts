// The parameters of processing the queue, its callbacks, and its result.
import type { ClaimedJob } from "../domain/job.ts";
import type { RunStop } from "../domain/outcome.ts";
import type { Breaker } from "../queue-table/breaker.sql.ts";
import type { RowLocker } from "../queue-table/row-locker.sql.ts";
import type { Refusal } from "../postgres/row-refused.ts";
import type { Settlement } from "./settlement-row.ts";
import type { AttemptDependencies } from "./attempt-job.ts";
import type { ClaimScope } from "./claim-jobs.ts";
import type { SettledCounts } from "./settler.ts";
import type { Tracer } from "../tracing.ts";

export interface QueueDependencies extends AttemptDependencies {
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly emailDomain: string;
  /** Aborted by SIGTERM or SIGINT, with its name as the reason. */
  readonly interrupted: AbortSignal;
  readonly tracer: Tracer;
  /** In [0, 1), for jitter. */
  random(): number;
  onSettled(settlement: Settlement): void;
  /** Called after each settlement, with the totals so far. */
  readonly onCounts?: (counts: Readonly<SettledCounts>) => void;
  /** No further job is started; calls in flight are finished. */
  onStop(stop: RunStop): void;
  /** The lease ended and another run took the job over: that run settles it. */
  onLost(jobId: string): void;
  /** The job was deleted after it was claimed: its account, if there is one, has no user row. */
  onGone(settlement: Settlement): void;
  /**
   * Another session has the job's row locked; the others are settled in the meantime. `by` is the session, if
   * Postgres names it.
   */
  onRowLocked(jobId: string, by: RowLocker | null): void;
  /** Why what this run knows about Zitadel could not be recorded for later runs. */
  onUnwritten(this: void, why: string): void;
}

export interface QueueRequest extends ClaimScope {
  readonly limit: number;
  readonly maxDurationMs: number | null;
  /** Already claimed, without retries left: their accounts are looked up, never created again. */
  readonly exhausted: readonly ClaimedJob[];
  /** Refused earlier in this run. */
  readonly refused: readonly Refusal[];
  readonly breaker: Breaker;
  /** Processes jobs although an operator paused the queue. */
  readonly force: boolean;
}

export interface QueueResult extends SettledCounts {
  readonly claimed: number;
  /** Password keys that the ring lacks. */
  readonly missingKeys: readonly string[];
  /** Jobs that were deleted after this run had asked Zitadel for them. */
  readonly deletedMeanwhile: number;
  /** Jobs that the database does not allow this run to change, each once. */
  readonly refused: readonly Refusal[];
  readonly stop: RunStop | null;
}
