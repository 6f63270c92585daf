// Runs a query that is useful but not worth waiting for, with a time limit.
import type { Queryable } from "./database.ts";
import { limitStatements } from "./statement-limit.ts";
import { isCanceled } from "./database-error.ts";

/**
 * Within an open transaction, which goes on as it was: what `ask` wrote is undone.
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

/**
 * For many questions that have one time together. The transaction is good for nothing afterwards
 * where that was too short.
 * @returns null when Postgres needed longer for all of them
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
    // 0 would be no limit at all.
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
