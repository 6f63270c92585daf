// `keys rotate` over waiting jobs: no single statement can do it, so it is held to being flat.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { enqueueOurs, makeJobs } from "../stage/due-jobs.ts";
import type { Sweep } from "./sweep/scene.ts";
import { judgeSweep } from "./sweep/sweep.ts";

const QUEUE = "auth.queued_managed_account_creations";

const SWEEP: Sweep = {
  template: "old_keys",
  what: (size) => `rotate the keys of ${figure(size)} waiting jobs`,
  // Under the shared key, which is not the ring's first.
  fill: async (db, size, stage) => enqueueOurs(db, await makeJobs(size, stage.oldRing)),
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
  check: async (db, size) => {
    const rotated = await db.number(
      `select sum((after ->> 'rotated')::int) from family_hub_jobs.operator_actions`,
    );
    if (rotated !== size) throw new Error(`${rotated} of ${size} were rotated`);
  },
};

export const rotateKeys: Row = {
  name: "keys-rotate",
  run: (stage, { rotate, watchedBatches, rounds }) =>
    judgeSweep(stage, SWEEP, {
      ...{ size: rotate, rounds },
      watched: { size: rotate, batches: watchedBatches },
    }),
};
