// Invitations of years, a tenth of them expired long enough ago to be purged.
import type { BenchDatabase } from "./database.ts";
import { fillInBulk } from "../../support/fill-in-bulk.ts";

const TABLE = "auth.family_member_invitations";

export async function fillInvitations(db: BenchDatabase, count: number): Promise<void> {
  await db.query(INVITER);
  await fillInBulk(db, [TABLE], async () => {
    await db.query(INVITATIONS, [count]);
  });
  await db.query("vacuum analyze");
  await db.query("checkpoint");
}

const INVITER = `
  with family as (
    insert into auth.families (id, name, owner_id)
    values (md5('family')::uuid, 'Smith', md5('user')::uuid)
    returning id
  )
  insert into auth.users (id, email, external_user_id, external_provider, family_id, role)
  select md5('user')::uuid, 'smith@example.com', 'smith', 'zitadel', id, 'owner' from family`;

/** Those to be purged lie among the others, as they do where people invite every day. */
const INVITATIONS = `
  insert into ${TABLE}
    (invitation_id, family_id, username, full_name, role, token, display_code, expires_at,
     invited_by_user_id, status)
  select md5('invitation' || n)::uuid, md5('family')::uuid, 'kid_' || n, 'Kim Smith', 'member',
         md5('a' || n) || md5('b' || n), 'ABCD1234',
         case when n % 10 = 0 then now() - interval '31 days' - n * interval '1 s'
              else now() + interval '1 day' + n * interval '1 ms' end,
         md5('user')::uuid, 'pending'
  from generate_series(1, $1::bigint) n`;
