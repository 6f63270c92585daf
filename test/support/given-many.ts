// Many due jobs at once, each with an account of its own to come.
import type { TestDatabase } from "./database.ts";
import { givenFamily, sealForTest } from "./given.ts";

/** One statement; with one ciphertext for all they would not decrypt, so each is sealed. @returns ids */
export async function givenDueJobs(db: TestDatabase, count: number): Promise<string[]> {
  const family = await givenFamily(db);
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const sealed = await Promise.all(ids.map((id) => sealForTest("Aa1!one_of_many", id)));
  await db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        status, next_retry_at)
     select id, $2, 'kid_' || n, 'Kim Smith', 'managed_account', jwe, $2, 'pending', now()
     from unnest($1::uuid[], $3::text[]) with ordinality as job (id, jwe, n)`,
    [ids, family, sealed],
  );
  return ids;
}
