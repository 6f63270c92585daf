// The state of the queue before a run's work, for the metrics.
import type { JobStatus } from "../domain/job.ts";
import type { HeldLock } from "../lock/lock-attempt.ts";
import { readPause } from "../queue-table/pause.sql.ts";
import { readBreaker } from "../queue-table/breaker.sql.ts";
import { countQueue } from "../queue-table/counts.sql.ts";
import { limitStatements } from "../postgres/statement-limit.ts";
import { COUNT_CAP } from "../queue-table/counts.sql.ts";

export interface QueueSample {
  /** For the whole queue, even if the run works on one shard; completed jobs up to COUNT_CAP. */
  readonly counts: Readonly<Record<JobStatus, number>>;
  /** 0 if no job is due. */
  readonly oldestDueAgeMs: number;
  readonly breakerOpen: boolean;
  /** Set by an operator. */
  readonly paused: boolean;
}

/** Who needs a sample. */
export interface Sampling {
  onSampled(sample: QueueSample): void;
  /** The run continues without a sample. */
  onFailed(error: unknown): void;
}

/** A slower sample is not worth delaying the accounts. */
const LONGEST_MS = 5000;

/** Taken before the work, so that a failed run does not leave the metrics of a healthy queue. */
export async function takeSample(
  lock: HeldLock,
  sampling: Sampling,
  leaseMs: number,
): Promise<void> {
  await sampleQueue(lock, leaseMs).then(
    (found) => sampling.onSampled(found),
    (error: unknown) => sampling.onFailed(error),
  );
}

/**
 * Leaves the lock's transaction as it was.
 * @throws ExpectedError if there was no answer in time
 */
async function sampleQueue(lock: HeldLock, leaseMs: number): Promise<QueueSample> {
  try {
    await limitStatements(lock, LONGEST_MS);
    const counted = await countQueue(lock, { leaseMs, spentIfDueWithinMs: [], cap: COUNT_CAP });
    const { openedAt } = await readBreaker(lock);
    const { pending, processing, completed, failed, oldestDueAt } = counted;
    const ageMs = oldestDueAt === null ? 0 : lock.startedAt.getTime() - oldestDueAt.getTime();
    return {
      counts: { pending, processing, completed: Math.min(completed, COUNT_CAP), failed },
      oldestDueAgeMs: Math.max(0, ageMs),
      breakerOpen: openedAt !== null,
      paused: (await readPause(lock)) !== null,
    };
  } finally {
    await lock.releaseSnapshot();
  }
}
