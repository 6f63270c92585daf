// The request to work the queue, its callbacks, and its result.
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
  /** Aborted by SIGTERM or SIGINT, whose name is the reason. */
  readonly interrupted: AbortSignal;
  readonly tracer: Tracer;
  /** In [0, 1), for jitter. */
  random(): number;
  onSettled(settlement: Settlement): void;
  /** What has been settled so far, after each settlement. */
  readonly onCounts?: (counts: Readonly<SettledCounts>) => void;
  /** No further job is begun; what is in flight is being finished. */
  onStop(stop: RunStop): void;
  /** The lease ended and another run took the job over: that one settles it. */
  onLost(jobId: string): void;
  /** The job was deleted after it was claimed: its account, if there is one, has no user row. */
  onGone(settlement: Settlement): void;
  /** Somebody has the job's row locked: the others are settled meanwhile. `by`: where Postgres says so. */
  onRowLocked(jobId: string, by: RowLocker | null): void;
  /** Why the next runs could not be told what this one knows of Zitadel. */
  onUnwritten(this: void, why: string): void;
}

export interface QueueRequest extends ClaimScope {
  readonly limit: number;
  readonly maxDurationMs: number | null;
  /** Claimed already, with no retry left: asked for, never created again. */
  readonly exhausted: readonly ClaimedJob[];
  /** Met before. */
  readonly refused: readonly Refusal[];
  readonly breaker: Breaker;
  /** Works on although an operator paused the queue. */
  readonly force: boolean;
}

export interface QueueResult extends SettledCounts {
  readonly claimed: number;
  /** Password keys that the ring lacks. */
  readonly missingKeys: readonly string[];
  /** Jobs that were deleted after this run had asked Zitadel for them. */
  readonly deletedMeanwhile: number;
  /** Jobs that the database does not let this run change, each once. */
  readonly refused: readonly Refusal[];
  readonly stop: RunStop | null;
}
