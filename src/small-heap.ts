// Keeps the heap of a run small, however many jobs it processes.
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Both halves of the young generation; V8 begins with 1 MB, and would grow to 32. */
const YOUNG_BYTES = 16 * 2 ** 20;

let kept = false;

/**
 * Each job leaves some garbage. V8 would let it grow to three times the live data before collecting, so
 * memory would grow with the backlog: 150 MB instead of 100. The young generation may grow a little: at its
 * smallest, collecting takes a sixth of a run's time. Once in a process: each observer more is called at each
 * collection.
 */
export function keepHeapSmall(): void {
  if (kept) return;
  kept = true;
  setFlagsFromString("--heap-growing-percent=60");
  // It grows only by a collection. A timer would wake a waiting run.
  const collections = new PerformanceObserver(() => {
    if (youngBytes() < YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    collections.disconnect();
  });
  collections.observe({ entryTypes: ["gc"] });
}

function youngBytes(): number {
  const spaces = getHeapSpaceStatistics();
  return spaces.find((space) => space.space_name === "new_space")?.space_size ?? Infinity;
}
