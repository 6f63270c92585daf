// Stops a working run when an operator pauses the queue.
import type { RunStop } from "../domain/outcome.ts";
import type { Queryable } from "../postgres/database.ts";
import { describePause, readPause, type Pause } from "../queue-table/pause.sql.ts";

/** Soon enough for an operator who waits for it; costs one small query each time. */
const LOOK_EVERY_MS = 2000;

export function pausedStop(pause: Pause): RunStop {
  return { outcome: "paused", reason: describePause(pause) };
}

/** @returns ends the watch */
export function watchForPause(db: Queryable, onPaused: (stop: RunStop) => void): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    readPause(db)
      .then((pause) => pause !== null && onPaused(pausedStop(pause)))
      // A database that is away shows when the next job is settled.
      .catch(() => undefined)
      .finally(() => (looking = false));
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
