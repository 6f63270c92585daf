// The scans of retention go through their indexes: on 100,000 rows no table is read from end to end.
import { expect } from "chai";
import {
  countOldJobs,
  eraseFailedPasswords,
  purgeCompletedJobs,
  purgeJobsCompletedElsewhere,
  purgeOldRuns,
  purgeOrphanedAttempts,
} from "../../src/purge/purge-jobs.sql.ts";
import type { Transacting } from "../../src/purge/purge-batch.sql.ts";
import { FIRST_PLACE, type PurgeSlice } from "../../src/purge/purge-rows.sql.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import { planOf, type Plan } from "../support/plans.ts";
import { fillInBulk } from "../support/fill-in-bulk.ts";

/** As three months leave them: nearly all completed, half of them by us, few of them old. */
const JOBS = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, retry_count,
     status, next_retry_at, completed_at, created_at, updated_at)
  select gen_random_uuid(), $1::uuid, 'kid_' || n, 'Kim Smith', 'managed_account',
         case when n % 100 < 2 then repeat('x', 300) else '' end, $1::uuid, 0,
         case n % 100 when 0 then 'pending' when 1 then 'failed' else 'completed' end,
         case when n % 100 = 0 then now() end,
         case when n % 100 > 1 and n % 2 = 0 then t end, t, t
  from generate_series(1, 100000) n,
       lateral (select now() - n / 100000.0 * interval '92 days' as t) as age`;
const HISTORY = `
  insert into family_hub_jobs.attempts
    (job_id, run_id, outcome, retry_count, error_code, duration_ms, finished_at)
  select q.id, gen_random_uuid(), 'retried', 0, 'timeout', 10, q.created_at
  from auth.queued_managed_account_creations q
  where hashtext(q.id::text) % 4 = 0;
  insert into family_hub_jobs.runs (run_id, command, host, pid, version, started_at)
  select gen_random_uuid(), 'retry-accounts', 'host', 1, '0', now() - n * interval '5 minutes'
  from generate_series(1, 13500) n`;
const FILLED = [
  "auth.queued_managed_account_creations",
  "family_hub_jobs.attempts",
  "family_hub_jobs.runs",
];
const INDEX = "ix_queued_managed_account_creations";

function planOfPurge(
  db: TestDatabase,
  purge: (db: Transacting) => Promise<unknown>,
): Promise<Plan> {
  return planOf(db, (queryable) => {
    const query = async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      await queryable.query(sql, values);
      return [{ taken: 0, reached: null, kept: [] }] as unknown as Row[];
    };
    return purge({ transaction: (work) => work({ query }) });
  });
}

for (const variant of ["ef", "script"] as const) {
  describe(`on the ${variant} database with 100,000 jobs`, () => {
    let db: TestDatabase;
    let slice: PurgeSlice;

    before(async () => {
      db = await cloneDatabase(variant);
      const family = await givenFamily(db);
      await fillInBulk(db, FILLED, async () => {
        await db.query(JOBS, [family]);
        await db.query(HISTORY);
      });
      await db.query("vacuum analyze");
      const { before } = await db.one<{ before: string }>(
        "select (now() - interval '90 days')::text as before",
      );
      slice = { before, from: FIRST_PLACE, limit: 5000, actor: "test", parted: false };
    });
    after(() => db.drop());

    const scans = {
      "old completed jobs": [purgeCompletedJobs, [`${INDEX}_completed`, "attempts_job_id"]],
      "old jobs completed elsewhere": [
        purgeJobsCompletedElsewhere,
        [`${INDEX}_completed_elsewhere`, "attempts_job_id"],
      ],
      "passwords of old failed jobs": [eraseFailedPasswords, [`${INDEX}_failed_password`]],
      "old attempts without a job": [purgeOrphanedAttempts, ["attempts_finished_at"]],
      "old runs": [purgeOldRuns, ["runs_started_at"]],
    } as const;
    for (const [what, [purge, indexes]] of Object.entries(scans)) {
      it(`${what} are found through ${indexes[0]}`, async () => {
        const plan = await planOfPurge(db, (own) => purge(own, slice));

        expect(plan.indexes).to.include.members(indexes);
        expect(plan.steps).not.to.include("Sort");
        expect(plan.readWhole).to.deep.equal([]);
      });
    }

    it("a dry run counts through them as well", async () => {
      const plan = await planOf(db, (queryable) =>
        countOldJobs(queryable, slice.before, slice.before),
      );

      expect(plan.indexes).to.include.members(Object.values(scans).map(([, [index]]) => index));
      expect(plan.readWhole).to.deep.equal([]);
    });

    it("without its index the whole queue would be read", async () => {
      await db.query(`drop index auth.${INDEX}_completed`);

      const plan = await planOfPurge(db, (own) => purgeCompletedJobs(own, slice));

      expect(plan.readWhole).to.deep.equal(["queued_managed_account_creations"]);
    });
  });
}
