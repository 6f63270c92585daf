// `purge-jobs` compared with a single DELETE of the same jobs and their attempts.
import { figure } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { openDatabase } from "../stage/database.ts";
import { growQueue } from "../stage/large-table.ts";
import { judgeSweep } from "./sweep.ts";

const TEMPLATE = "old_jobs";
const QUEUE = "auth.queued_managed_account_creations";
const OLD = `status = 'completed' and completed_at < now() - interval '90 days'`;

export const purgeJobs: Row = {
  name: "purge-jobs",
  run: async (stage, { purge, rounds }) => {
    await stage.postgres.createDatabase(TEMPLATE, stage.template);
    const filled = openDatabase(stage.postgres, TEMPLATE);
    await growQueue(filled, 0, purge);
    await filled.close();
    try {
      return await judgeSweep(
        stage,
        {
          what: `purge a tenth of ${figure(purge)} jobs with their attempts`,
          template: TEMPLATE,
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
        },
        rounds,
      );
    } finally {
      await stage.postgres.dropDatabase(TEMPLATE);
    }
  },
};
