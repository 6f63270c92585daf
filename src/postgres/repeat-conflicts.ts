// Repeats work that Postgres rolled back because of a conflict with another transaction.
import { setTimeout as sleep } from "node:timers/promises";
import { isConflict } from "./database-error.ts";

/** The last is as long as Postgres takes to look for a deadlock. */
const PAUSES_MS = [10, 50, 200, 1000];

/**
 * A deadlock, or a serialization failure where that is the database's default: Postgres asks for both to
 * be repeated, and has undone everything by then.
 * @param work a whole transaction, or a statement that is one
 * @throws DatabaseBusy where it meets another each time
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
