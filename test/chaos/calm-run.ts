// What a run needs to work everything in one go when nothing fails any more: waits that are over, and time.
import type { RoundDatabase } from "./stage.ts";

/** On a busy machine a run of the calm must not lose its leases or time out. */
export const UNHURRIED = { RETRY_LEASE: "60s", ZITADEL_TIMEOUT: "20s" };

/** Ends all leases, delays and pauses; what is wrong in a row must stay to be found. */
export async function letTimePass(db: RoundDatabase): Promise<void> {
  await db.query(
    `update auth.queued_managed_account_creations
     set lease_expires_at = case when status = 'processing' then now() else lease_expires_at end,
         next_retry_at = case when status = 'pending' then now() else next_retry_at end
     where status in ('pending', 'processing')`,
  );
  await db.query("update family_hub_jobs.breaker set paused_until = null");
}
