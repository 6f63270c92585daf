// Runs a query that is useful but not worth waiting for, with a time limit.
import type { Queryable } from "./database.ts";
import { limitStatements } from "./statement-limit.ts";
import { isCanceled } from "./database-error.ts";

/**
 * For use within an open transaction, which continues unchanged: what `ask` wrote is undone.
 * @returns null if a statement took longer
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
    // This undoes the setting, too. If the connection is lost, the error shows it.
    await tx.query("rollback to savepoint within_time").catch(() => undefined);
  }
}

/**
 * For several questions with one time limit. If it is exceeded, the transaction cannot be used any more.
 * @returns null if the limit was exceeded
 */
export async function withinTimeTogether<T>(
  tx: Queryable,
  timeoutMs: number,
  ask: (limited: Queryable) => Promise<T>,
): Promise<T | null> {
  const untilMs = performance.now() + timeoutMs;
  let over = false;
  const query: Queryable["query"] = async (sql, values) => {
    const leftMs = Math.floor(untilMs - performance.now());
    over = leftMs <= 0;
    // 0 would mean no limit.
    if (over) throw new Error("no time is left");
    await limitStatements(tx, leftMs);
    return tx.query(sql, values);
  };
  try {
    return await ask({ query });
  } catch (error) {
    if (over || isCanceled(error)) return null;
    throw error;
  }
}
