// Writes what became of claimed jobs: job, user row, event and attempt in one statement.
import type { Database, Queryable } from "../postgres/database.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";
import { SETTLE } from "./settle-statement.sql.ts";
import { toRow, type Settlement } from "./settlement-row.ts";

export interface SettleResult {
  /** By id; the value tells what FamilyHub changed in the row meanwhile, null where it changed nothing. */
  readonly settled: ReadonlyMap<string, string | null>;
  /** Still held, untouched: the account exists in Zitadel, but FamilyHub has it or its name already. */
  readonly conflicting: ReadonlyMap<string, Conflict>;
}

/** `user`: FamilyHub has a user for this very account; null: another user has the username or its address. */
export interface Conflict {
  readonly user: { readonly id: string; readonly familyId: string } | null;
}

/**
 * Shorter than Postgres takes to look for a deadlock (a second), so that it is never a transaction of
 * FamilyHub's that is canceled for one.
 */
const LOCK_TIMEOUT_MS = 500;

/**
 * Only jobs that the run still holds are written, with what was sent to Zitadel. One that another run
 * took over, that was deleted or whose row somebody has locked is in neither map: see findUnsettled.
 * Called again after a lost connection, the second call changes nothing.
 * @throws RowRefused when FamilyHub's tables refuse one of the rows, DatabaseBusy when somebody else's
 *   transaction keeps a family, a name or the outbox locked: none is written then
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
    // An event without its job, or a user without, must not stay.
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

interface SettledRow extends Conflict, Written {
  readonly id: string;
  readonly settled: boolean;
  readonly drift: string | null;
}
