// The address of Zitadel that last answered a run, and the key with which the run had logged in.
import type { Contact, LastContact } from "../domain/last-contact.ts";
import type { Queryable } from "../postgres/database.ts";

/** @returns null if no run has been answered yet */
export async function readLastContact(db: Queryable): Promise<LastContact | null> {
  const [row] = await db.query<LastContact>(
    `select answered_url as url, answered_key as "keyId", answered_at as at,
            answered_at > now() - interval '1 day' as "withinADay"
     from family_hub_jobs.breaker
     where answered_at is not null`,
  );
  return row ?? null;
}

/** Writes at most once an hour, unless the address or the key has changed. */
export async function recordContact(db: Queryable, { url, keyId }: Contact): Promise<void> {
  await db.query(
    `update family_hub_jobs.breaker
     set answered_at = now(), answered_url = left($1::text, 2000), answered_key = left($2::text, 200)
     where (answered_url, answered_key) is distinct from (left($1::text, 2000), left($2::text, 200))
        or answered_at < now() - interval '1 hour'`,
    [url, keyId],
  );
}
