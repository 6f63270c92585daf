// Hands out claimed jobs one by one, claiming the next batch before the last one is used up.
import type { ClaimedJob } from "../domain/job.ts";

export interface JobBuffer {
  /** null when nothing is left to claim. @throws what claiming threw, also where some are left over */
  next(): Promise<ClaimedJob | null>;
  /** Claimed but not handed out: to be released. Waits for a claim that is under way. */
  leftovers(): Promise<ClaimedJob[]>;
  /** Everything there was has been handed out. */
  isDrained(): boolean;
  /** A job could not even be tried: it does not count against the limit. */
  refund(): void;
  claimed(): number;
}

/**
 * @param batch the most jobs to hold; asked each time, because it may grow during a run.
 *   Not many, because those that a run holds when it dies wait for the end of their lease.
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
        // What is begun without Postgres could not be settled: it is better released.
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
