// Old invitations and jobs, some of which tables of somebody else's refer to: the purges leave and name exactly those.
import { idsOf, runRefused } from "./run-refused.ts";
import type { RoundDatabase } from "./stage.ts";

const INVITATIONS = "auth.family_member_invitations";
const QUEUE = "auth.queued_managed_account_creations";

const PLANT = `
  insert into auth.families (id, name, owner_id)
  values (gen_random_uuid(), 'Old', gen_random_uuid());
  insert into auth.users (id, email, external_user_id, external_provider, family_id)
  select gen_random_uuid(), 'inviter@example.com', 'inviter', 'other', f.id
  from auth.families f where f.name = 'Old';
  insert into ${INVITATIONS}
    (invitation_id, family_id, email, role, token, display_code, expires_at, invited_by_user_id, status)
  select gen_random_uuid(), u.family_id, 'guest' || n || '@example.com', 'member', md5(n::text),
         'ABCD1234', now() - interval '60 days', u.id, 'pending'
  from auth.users u, generate_series(1, 20) n where u.external_user_id = 'inviter';
  insert into ${QUEUE}
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status,
     completed_at, created_at, updated_at)
  select gen_random_uuid(), f.id, 'old_' || n, 'Kim Old', 'managed_account', '', f.id, 'completed',
         old.at, old.at, old.at
  from auth.families f, generate_series(1, 20) n, (select now() - interval '200 days' as at) old
  where f.name = 'Old';
  create table notes.of_invitations (id uuid references ${INVITATIONS});
  create table notes.of_old_jobs (id uuid references ${QUEUE})`;

const CLEAR = `
  drop table notes.of_invitations, notes.of_old_jobs;
  delete from ${INVITATIONS};
  delete from ${QUEUE} where username like 'old_%';
  delete from auth.users where external_user_id = 'inviter';
  delete from auth.families where name = 'Old'`;

/**
 * @param share of the rows that is referred to
 * @returns one sentence for each broken promise
 */
export async function checkRefusedPurges(
  db: RoundDatabase,
  env: Record<string, string>,
  share: number,
): Promise<string[]> {
  await db.query(PLANT);
  const invitations = `select invitation_id as id from ${INVITATIONS}`;
  const jobs = `select id from ${QUEUE} where username like 'old_%'`;
  const violations = [
    ...(await checkPurge(db, env, share, [
      "purge-invitations",
      "notes.of_invitations",
      invitations,
    ])),
    ...(await checkPurge(db, env, share, ["purge-jobs", "notes.of_old_jobs", jobs])),
  ];
  await db.query(CLEAR);
  return violations;
}

async function checkPurge(
  db: RoundDatabase,
  env: Record<string, string>,
  share: number,
  [command, notes, old]: readonly [command: string, notes: string, old: string],
): Promise<string[]> {
  await db.query(
    `insert into ${notes}
     select o.id from (select id, row_number() over (order by id) as n from (${old}) found) o
     where o.n <= 20 * $1::numeric`,
    [share],
  );
  const noted = await idsOf(db, `select id from ${notes}`);
  const { violations, named } = await runRefused(command, env);
  const left = await idsOf(db, old);
  if (!same(left, noted))
    violations.push(`${command} left ${left.size}, ${noted.size} are refused`);
  if (!same(named, noted)) violations.push(`${command} names other rows than the refused`);
  return violations;
}

function same(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((id) => other.has(id));
}
