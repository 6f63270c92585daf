// A limit for statements that a run can do without.
import type { Queryable } from "./database.ts";

/** Within a transaction: until its end, or until a rollback to a savepoint that was set before. */
export async function limitStatements(tx: Queryable, ms: number): Promise<void> {
  await tx.query(`set local statement_timeout = ${Math.round(ms)}`);
}
