// `purge-invitations` compared with a single DELETE of the same rows.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { fillInvitations } from "../stage/invitations.ts";
import type { Sweep } from "./sweep/scene.ts";
import { judgeSweep, purgeExtent } from "./sweep/sweep.ts";

const TABLE = "auth.family_member_invitations";
const OLD = `expires_at < now() - interval '30 days' and accepted_at is null and status <> 'accepted'`;

const SWEEP: Sweep = {
  template: "invitations",
  what: (size) => `purge ${figure(size / 10)} of ${figure(size)} invitations`,
  fill: fillInvitations,
  args: ["purge-invitations", "-q"],
  verb: "purge-invitations",
  counted: "deleted",
  table: TABLE,
  oneStatement: `delete from ${TABLE} where ${OLD}`,
  write: `
    insert into ${TABLE} (invitation_id, family_id, username, full_name, role, token,
      display_code, expires_at, invited_by_user_id, status)
    values (gen_random_uuid(), md5('family')::uuid, 'new_' || $1::int, 'Kim Smith', 'member',
      replace(gen_random_uuid()::text, '-', ''), 'ABCD1234', now() + interval '7 days',
      md5('user')::uuid, 'pending')`,
  check: async (db) => {
    const left = await db.number(`select count(*) from ${TABLE} where ${OLD}`);
    if (left > 0) throw new Error(`${left} old invitations were left`);
  },
};

export const purgeInvitations: Row = {
  name: "purge-invitations",
  run: (stage, sizes) => judgeSweep(stage, SWEEP, purgeExtent(sizes)),
};
