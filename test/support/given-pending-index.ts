// A migration that is pending and has to wait for what writes to the queue.
import type { TestDatabase } from "./database.ts";

/** The next `migrate` builds one index of the queue; those that are complete it keeps. */
export async function givenPendingIndex(db: TestDatabase): Promise<void> {
  await db.query(
    `delete from family_hub_jobs.migrations where name = '0004_indexes';
     drop index auth.ix_queued_managed_account_creations_due`,
  );
}
