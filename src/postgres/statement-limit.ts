// A limit for statements that a run can do without.
import type { Queryable } from "./database.ts";

/** Applies until the transaction ends, or until a rollback to an earlier savepoint. */
export async function limitStatements(tx: Queryable, ms: number): Promise<void> {
  await tx.query(`set local statement_timeout = ${Math.round(ms)}`);
}
