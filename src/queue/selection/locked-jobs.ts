// Reports jobs whose rows another session kept locked while an operator waited.
import type { IdList } from "../../domain/id-list.ts";
import { LockedError } from "../../errors.ts";
import type { Queryable } from "../../postgres/database.ts";
import { describeLocker, findLocker } from "../../queue-table/row-locker.sql.ts";

/** FamilyHub changes a job within milliseconds; a forgotten transaction may stay open for hours. */
export const OPERATOR_ROW_LOCK_TIMEOUT_MS = 5000;

/** @returns null if there are none */
export async function stillLocked(locked: IdList, db: Queryable): Promise<LockedError | null> {
  const [first] = locked;
  if (first === undefined) return null;
  const others = locked.length > 1 ? ` and of ${locked.length - 1} more` : "";
  const who = describeLocker(await findLocker(db, first));
  return new LockedError(
    `Another session keeps the row of job ${first}${others} locked (${who}): ` +
      "end that transaction or wait for its end, then run the same command again.",
  );
}
