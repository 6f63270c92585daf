// Spaces calls, so that at most a given number start in a second.
import { setTimeout as sleep } from "node:timers/promises";

/** @returns a function to await before each call; evenly spaced, because bans count bursts */
export function createPace(
  callsPerSecond: number,
  now = () => performance.now(),
): () => Promise<void> {
  const gapMs = 1000 / callsPerSecond;
  let nextMs = -Infinity;
  return async () => {
    const atMs = Math.max(now(), nextMs);
    nextMs = atMs + gapMs;
    const waitMs = atMs - now();
    if (waitMs > 0) await sleep(waitMs);
  };
}
