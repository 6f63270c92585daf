// Hands out claimed jobs one by one, claiming the next batch before the last one is used up.
import type { ClaimedJob } from "../domain/job.ts";

export interface JobFeed {
  /** null when nothing is left to claim. @throws what claiming throws */
  next(): Promise<ClaimedJob | null>;
  /** Those that `next` will hand out, so many at the most. */
  upcoming(count: number): readonly ClaimedJob[];
  /** Claimed but not handed out: to be released. Waits for a claim that is under way. */
  leftovers(): Promise<ClaimedJob[]>;
  /** Everything there was has been handed out. */
  isDrained(): boolean;
  /** A job could not even be tried: it does not count against the limit. */
  refund(): void;
  claimed(): number;
}

/** Half a buffer that is used up sooner is too small, and one that lasts four times as long too large. */
const QUICK_MS = 50;
/** However quick the calls are: each job that a dead run held must be rescued. */
const LARGEST_BUFFER = 400;

/**
 * A run that dies charges a retry to each job it holds. So it holds few, except where many are worked
 * off in a fraction of a second: there it would else spend its time on claiming.
 * @param least how many to hold at any rate; asked each time, because it may change during a run
 * @param now in milliseconds
 */
export function createJobFeed(
  claim: (limit: number) => Promise<ClaimedJob[]>,
  limit: number,
  least: () => number,
  now = () => performance.now(),
): JobFeed {
  let size = 0;
  let filledMs = 0;
  const batch = () => Math.max(least(), size);

  function adjustSize(): void {
    const lastedMs = now() - filledMs;
    if (lastedMs < QUICK_MS) size = Math.min(2 * batch(), LARGEST_BUFFER);
    else if (lastedMs > 4 * QUICK_MS) size = Math.floor(batch() / 2);
  }

  const buffer: ClaimedJob[] = [];
  let claimed = 0;
  let refunded = 0;
  let exhausted = false;
  let claiming: Promise<void> | null = null;

  async function refill(): Promise<void> {
    if (claimed > 0) adjustSize();
    const wanted = Math.min(batch() - buffer.length, limit + refunded - claimed);
    const jobs = await claim(wanted);
    claimed += jobs.length;
    buffer.push(...jobs);
    exhausted = jobs.length < wanted;
    filledMs = now();
    claiming = null;
  }

  const drained = () => exhausted || claimed - refunded >= limit;

  return {
    next: async () => {
      for (;;) {
        if (!drained() && buffer.length <= batch() / 2) {
          claiming ??= refill();
          // Whoever finds the buffer empty awaits it, and meets the failure then.
          claiming.catch(() => undefined);
        }
        const job = buffer.shift();
        if (job !== undefined) return job;
        if (claiming === null) return null;
        await claiming;
      }
    },
    upcoming: (count) => buffer.slice(0, count),
    leftovers: async () => {
      await claiming?.catch(() => undefined);
      return buffer.splice(0);
    },
    isDrained: () => drained() && buffer.length === 0 && claiming === null,
    refund: () => (refunded += 1),
    claimed: () => claimed,
  };
}
