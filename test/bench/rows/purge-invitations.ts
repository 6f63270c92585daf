// `purge-invitations` compared with a single DELETE of the same rows.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { openDatabase } from "../stage/database.ts";
import { fillInvitations } from "../stage/invitations.ts";
import { judgeSweep } from "./sweep.ts";

const TEMPLATE = "invitations";
const TABLE = "auth.family_member_invitations";
const OLD = `expires_at < now() - interval '30 days' and accepted_at is null and status <> 'accepted'`;

export const purgeInvitations: Row = {
  name: "purge-invitations",
  run: async (stage, { purge, rounds }) => {
    await stage.postgres.createDatabase(TEMPLATE, stage.template);
    const filled = openDatabase(stage.postgres, TEMPLATE);
    await fillInvitations(filled, purge);
    await filled.close();
    try {
      return await judgeSweep(
        stage,
        {
          what: `purge ${figure(purge / 10)} of ${figure(purge)} invitations`,
          template: TEMPLATE,
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
        },
        rounds,
      );
    } finally {
      await stage.postgres.dropDatabase(TEMPLATE);
    }
  },
};
