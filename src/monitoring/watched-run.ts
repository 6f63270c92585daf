// The handle of a run that monitoring may watch, and its progress.
import type { WatchedCommand } from "../domain/run-outcomes.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { RunReport } from "../runs/run.ts";
import type { Sampling } from "../runs/sample-queue.ts";
import type { Tracer } from "../tracing.ts";

/** What a command passes to its use case. */
export interface Watch {
  readonly interrupted: AbortSignal;
  /** Called when the run has begun. */
  readonly onLocked: (runId: string) => void;
  /** null if no metrics of the queue are needed. */
  readonly sampling: Sampling | null;
  readonly tracer: Tracer;
}

export interface RunEnd {
  readonly report: RunReport<object>;
  readonly code: ExitCode;
}

export interface WatchedRun {
  readonly command: WatchedCommand;
  /** null for a run over the whole queue. */
  readonly shard: Shard | null;
  readonly work: (watch: Watch) => Promise<RunEnd>;
}
