// Stops a working run when an operator pauses the queue.
import type { RunStop } from "../domain/outcome.ts";
import type { Queryable } from "../postgres/database.ts";
import { describePause, readPause, type Pause } from "../queue-table/pause.sql.ts";

/** Soon enough for the operator who waits; costs one small query each time. */
const LOOK_EVERY_MS = 2000;

export function pausedStop(pause: Pause): RunStop {
  return { outcome: "paused", reason: describePause(pause) };
}

/** @returns a function that ends the watch */
export function watchForPause(db: Queryable, onPaused: (stop: RunStop) => void): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    readPause(db)
      .then((pause) => pause !== null && onPaused(pausedStop(pause)))
      // If the database is unavailable, settling the next job reports it.
      .catch(() => undefined)
      .finally(() => (looking = false));
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
