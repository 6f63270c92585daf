// Writes what the next runs should know of Zitadel; no run waits long for that, or fails by it.
import { DatabaseBusy } from "../errors.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import { RowRefused } from "../postgres/row-refused.ts";

/** The breaker is one row: runs over other parts of the queue hold it for a moment each. */
const LOCK_TIMEOUT_MS = 2000;

/**
 * @param write all or nothing
 * @param onUnwritten told why, where somebody keeps the row locked or the database refuses the change: the
 *   next runs then find out for themselves, by calls that may use up retries
 * @throws DatabaseUnavailable, and whatever else is no fault of that row
 */
export async function informNextRuns(
  db: Database,
  write: (tx: Queryable) => Promise<void>,
  onUnwritten: (why: string) => void,
): Promise<void> {
  try {
    await db.transaction(write, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof DatabaseBusy || error instanceof RowRefused)) throw error;
    onUnwritten(error.message);
  }
}
