// Hands out claimed jobs one at a time, and claims the next batch before the last one is used up.
import type { ClaimedJob } from "../domain/job.ts";

export interface JobBuffer {
  /**
   * null if no job is left to claim.
   * @throws the error of a claim, even if claimed jobs are left
   */
  next(): Promise<ClaimedJob | null>;
  /** Jobs that were claimed but not handed out, to be released. Waits for a claim in progress. */
  leftovers(): Promise<ClaimedJob[]>;
  /** Whether every job has been handed out. */
  isDrained(): boolean;
  /** A job that could not even be tried does not count against the limit. */
  refund(): void;
  claimed(): number;
}

/**
 * @param batch the most jobs to hold; called each time, because it may grow during a run. Not many, because
 * the jobs of a run that dies wait until their lease ends.
 */
export function createJobBuffer(
  claim: (limit: number) => Promise<ClaimedJob[]>,
  limit: number,
  batch: () => number,
): JobBuffer {
  const buffer: ClaimedJob[] = [];
  let claimed = 0;
  let refunded = 0;
  let exhausted = false;
  let claiming: Promise<void> | null = null;
  let failed: { readonly error: unknown } | null = null;

  async function refill(): Promise<void> {
    const wanted = Math.min(batch() - buffer.length, limit + refunded - claimed);
    const jobs = await claim(wanted);
    claimed += jobs.length;
    buffer.push(...jobs);
    exhausted = jobs.length < wanted;
    claiming = null;
  }

  const drained = () => exhausted || claimed - refunded >= limit;

  return {
    next: async () => {
      for (;;) {
        if (!drained() && buffer.length <= batch() / 2) {
          claiming ??= refill();
          claiming.catch((error: unknown) => (failed = { error }));
        }
        // A job started without Postgres could not be settled, so it is released instead.
        if (failed !== null) throw failed.error;
        const job = buffer.shift();
        if (job !== undefined) return job;
        if (claiming === null) return null;
        await claiming;
      }
    },
    leftovers: async () => {
      await claiming?.catch(() => undefined);
      return buffer.splice(0);
    },
    isDrained: () => drained() && buffer.length === 0 && claiming === null,
    refund: () => (refunded += 1),
    claimed: () => claimed,
  };
}
