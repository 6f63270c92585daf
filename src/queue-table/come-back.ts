// Comes back for rows that somebody else has locked: soon at first, and not for ever.
import { setTimeout as sleep } from "node:timers/promises";

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/**
 * @param tryAgain whether nothing is left to come back for
 * @param patienceMs for how long from the start; asked after each try, because it may shrink
 */
export async function comeBack(
  tryAgain: () => Promise<boolean>,
  patienceMs: () => number,
): Promise<void> {
  const startMs = performance.now();
  for (let pauseMs = SHORTEST_PAUSE_MS; !(await tryAgain()); pauseMs *= 2) {
    const leftMs = patienceMs() - (performance.now() - startMs);
    if (leftMs <= 0) return;
    await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS, leftMs));
  }
}
