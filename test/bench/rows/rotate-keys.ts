// `keys rotate` over waiting jobs: no single statement can do it, so it is held to being flat.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { openDatabase } from "../stage/database.ts";
import { enqueueOurs, makeJobs } from "../stage/due-jobs.ts";
import { judgeSweep } from "./sweep.ts";

const TEMPLATE = "old_keys";
const QUEUE = "auth.queued_managed_account_creations";

export const rotateKeys: Row = {
  name: "keys-rotate",
  run: async (stage, { rotate, rounds }) => {
    await stage.postgres.createDatabase(TEMPLATE, stage.template);
    const filled = openDatabase(stage.postgres, TEMPLATE);
    // Under the shared key, which is not the ring's first.
    await enqueueOurs(filled, await makeJobs(rotate, stage.oldRing));
    await filled.query("checkpoint");
    await filled.close();
    try {
      return await judgeSweep(
        stage,
        {
          what: `rotate the keys of ${figure(rotate)} waiting jobs`,
          template: TEMPLATE,
          args: ["keys", "rotate", "-q"],
          verb: "rotate",
          counted: "rotated",
          table: QUEUE,
          oneStatement: null,
          write: `
            insert into ${QUEUE} (id, family_id, username, full_name, role, encrypted_password,
              created_by_user_id, status, next_retry_at, completed_at)
            select gen_random_uuid(), id, 'new_' || $1::int, 'Kim Smith', 'managed_account', '',
              id, 'completed', null, now()
            from auth.families limit 1`,
          check: async (db) => {
            const rotated = await db.number(
              `select sum((after ->> 'rotated')::int) from family_hub_jobs.operator_actions`,
            );
            if (rotated !== rotate) throw new Error(`${rotated} of ${rotate} were rotated`);
          },
        },
        rounds,
      );
    } finally {
      await stage.postgres.dropDatabase(TEMPLATE);
    }
  },
};
