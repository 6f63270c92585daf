// Asks for what is nice to know and not worth waiting for.
import type { Queryable } from "./database.ts";
import { isCanceled } from "./database-error.ts";

/**
 * Within an open transaction, which goes on as it was: what `ask` wrote is taken back.
 * @returns null when Postgres needed longer for a statement
 */
export async function withinTime<T>(
  tx: Queryable,
  timeoutMs: number,
  ask: () => Promise<T>,
): Promise<T | null> {
  await tx.query(`savepoint within_time; set local statement_timeout = ${Math.ceil(timeoutMs)}`);
  try {
    return await ask();
  } catch (error) {
    if (isCanceled(error)) return null;
    throw error;
  } finally {
    // The setting goes with it. Where the connection is lost, the error says so.
    await tx.query("rollback to savepoint within_time").catch(() => undefined);
  }
}
