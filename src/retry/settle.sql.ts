// Stores the results of claimed jobs: job, user row, event and attempt in one statement.
import type { Database, Queryable } from "../postgres/database.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";
import { SETTLE } from "./settle-statement.sql.ts";
import { toRow, type Settlement } from "./settlement-row.ts";

export interface SettleResult {
  /** By ID; the value is what FamilyHub changed in the row in the meantime, or null. */
  readonly settled: ReadonlyMap<string, string | null>;
  /**
   * Still held and unchanged: the account exists in Zitadel, but FamilyHub already has it or its username.
   */
  readonly conflicting: ReadonlyMap<string, Conflict>;
}

/**
 * `user`: FamilyHub has a user for this account; null: another user has the username or its email address.
 */
export interface Conflict {
  readonly user: { readonly id: string; readonly familyId: string } | null;
}

/**
 * Shorter than the time after which Postgres looks for a deadlock (a second), so that it never cancels a
 * transaction of FamilyHub's.
 */
const LOCK_TIMEOUT_MS = 500;

/**
 * Stores only jobs that the run still holds, with what was sent to Zitadel. A job that another run took over,
 * that was deleted or whose row is locked is in neither map: see findUnsettled. After a lost connection, a
 * second call changes nothing.
 * @throws RowRefused if FamilyHub's tables refuse a row, DatabaseBusy if another transaction keeps a family,
 * a name or the outbox locked: then nothing is stored
 */
export async function settleJobs(
  db: Pick<Database, "transaction">,
  runId: string,
  emailDomain: string,
  settlements: readonly Settlement[],
): Promise<SettleResult> {
  const values = [JSON.stringify(settlements.map(toRow)), runId, emailDomain];
  const settle = async (tx: Queryable) => {
    const settled = await tx.query<SettledRow>(SETTLE, values);
    // There must be no event without its job, and no user without it.
    checkWritten(settled);
    return settled;
  };
  const rows = await db.transaction(settle, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  const conflicts = rows.filter((row) => !row.settled);
  return {
    settled: new Map(rows.filter((row) => row.settled).map(({ id, drift }) => [id, drift])),
    conflicting: new Map(conflicts.map(({ id, user }) => [id, { user }])),
  };
}

/**
 * Asks Postgres to plan the statement, and settles nothing.
 * @throws ConfigError for what would refuse every settlement, such as a column that is now generated;
 * DatabaseBusy as settleJobs does
 */
export async function planSettlement(
  db: Pick<Database, "transaction">,
  runId: string,
  emailDomain: string,
): Promise<void> {
  const plan = (tx: Queryable) => tx.query(`explain ${SETTLE}`, ["[]", runId, emailDomain]);
  await db.transaction(plan, { lockTimeoutMs: LOCK_TIMEOUT_MS });
}

interface SettledRow extends Conflict, Written {
  readonly id: string;
  readonly settled: boolean;
  readonly drift: string | null;
}
