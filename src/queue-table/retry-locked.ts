// Retries rows that another session has locked: soon at first, then less often, until a time limit.
import { setTimeout as sleep } from "node:timers/promises";

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/**
 * @param tryAgain returns whether no row is locked any more
 * @param limitMs time limit from the start; read after each try, because it may shrink
 */
export async function retryLocked(
  tryAgain: () => Promise<boolean>,
  limitMs: () => number,
): Promise<void> {
  const startMs = performance.now();
  for (let pauseMs = SHORTEST_PAUSE_MS; !(await tryAgain()); pauseMs *= 2) {
    const leftMs = limitMs() - (performance.now() - startMs);
    if (leftMs <= 0) return;
    await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS, leftMs));
  }
}
