// Repeats work that Postgres rolled back because of a conflict with another transaction.
import { setTimeout as sleep } from "node:timers/promises";
import { isConflict } from "./database-error.ts";

/** The last pause is as long as Postgres waits before it looks for a deadlock. */
const PAUSES_MS = [10, 50, 200, 1000];

/**
 * Repeats after a deadlock or a serialization failure: Postgres has rolled everything back and expects a new
 * try.
 * @param work a whole transaction, or a single statement
 * @throws DatabaseBusy if every try meets a conflict
 */
export async function repeatConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error)) throw error;
      await sleep(pauseMs);
    }
  }
  return work();
}
