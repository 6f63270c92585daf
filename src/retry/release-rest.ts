// Releases the jobs that a run still holds at its end, row by row if the database refuses one.
import type { RunStop } from "../domain/outcome.ts";
import type { Database } from "../postgres/database.ts";
import { listHeld, releaseClaims } from "../queue-table/leases.sql.ts";
import type { Refusal } from "../postgres/row-refused.ts";
import { separateRefused } from "../postgres/separate-refused.ts";
import { withReconnect } from "../postgres/with-reconnect.ts";

/**
 * Jobs of a claim whose answer was lost with the connection, and jobs that could not be settled.
 * @param kept jobs that stay under their lease, because Zitadel was asked for them
 * @returns the jobs that the database refuses to release: a later run processes them when their lease has
 * ended
 */
export async function releaseRest(
  db: Database,
  runId: string,
  kept: readonly string[],
): Promise<Refusal[]> {
  const { value: held } = await withReconnect(() => listHeld(db, runId));
  const rest = held.filter((id) => !kept.includes(id));
  return separateRefused(
    rest,
    (id) => id,
    async (ids) =>
      void (await withReconnect(() => db.transaction((tx) => releaseClaims(tx, runId, ids)))),
  );
}

/** Why a run did not finish all jobs although the rest of its work is done. */
export function stillLocked(jobIds: readonly string[]): RunStop | null {
  const [first] = jobIds;
  if (first === undefined) return null;
  const others = jobIds.length > 1 ? ` and of ${jobIds.length - 1} more` : "";
  return {
    outcome: "stopped",
    reason:
      `another session keeps the row of job ${first}${others} locked, so its result could not be written: ` +
      "find that transaction (in the log or pg_stat_activity), and end it if it does not end by itself; " +
      "after the lease the next run asks Zitadel for the account",
  };
}
