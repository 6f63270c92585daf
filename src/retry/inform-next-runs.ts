// Records what later runs should know about Zitadel; a run neither waits long for this nor fails because of
// it.
import { DatabaseBusy } from "../errors.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import { RowRefused } from "../postgres/row-refused.ts";

/** The breaker is one row, which runs of other shards lock for a moment. */
const LOCK_TIMEOUT_MS = 2000;

/**
 * @param write all or nothing
 * @param onUnwritten called with the reason if another session keeps the row locked or the database refuses
 * the change: later runs then find out themselves, by calls that may use up retries
 * @throws DatabaseUnavailable, and any error that is not about that row
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
