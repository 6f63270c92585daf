// `purge-jobs` compared with a single DELETE of the same jobs and their attempts.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { growQueue } from "../stage/large-table.ts";
import type { Sweep } from "./sweep/scene.ts";
import { judgeSweep, purgeExtent } from "./sweep/sweep.ts";

const QUEUE = "auth.queued_managed_account_creations";
const OLD = `status = 'completed' and completed_at < now() - interval '90 days'`;

const SWEEP: Sweep = {
  template: "old_jobs",
  what: (size) => `purge a tenth of ${figure(size)} jobs with their attempts`,
  fill: (db, size) => growQueue(db, 0, size),
  args: ["purge-jobs", "-q"],
  verb: "purge-jobs",
  counted: "deleted",
  table: QUEUE,
  // What was failed long ago keeps its row and loses its password; the same in both.
  oneStatement: `
    with purged as (delete from ${QUEUE} where ${OLD} returning id),
    erased as (
      update ${QUEUE} set encrypted_password = ''
      where status = 'failed' and updated_at < now() - interval '30 days'
    )
    delete from family_hub_jobs.attempts where job_id in (select id from purged)`,
  write: `
    insert into ${QUEUE} (id, family_id, username, full_name, role, encrypted_password,
      created_by_user_id, status, next_retry_at)
    values (gen_random_uuid(), md5('family1')::uuid, 'new_' || $1::int, 'Kim Smith',
      'managed_account', repeat('x', 300), md5('owner1')::uuid, 'pending', now())`,
  check: async (db) => {
    // When it began is what counts: meanwhile others have grown old.
    const left = await db.number(
      `select count(*) from ${QUEUE}
       where status = 'completed'
         and completed_at < (select max(started_at) from family_hub_jobs.runs) - interval '90 days'`,
    );
    if (left > 0) throw new Error(`${left} old jobs were left`);
  },
};

export const purgeJobs: Row = {
  name: "purge-jobs",
  run: (stage, sizes) => judgeSweep(stage, SWEEP, purgeExtent(sizes)),
};
