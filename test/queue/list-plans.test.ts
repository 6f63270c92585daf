// A page of queue list is read off an index: on 100,000 jobs nothing is read from end to end.
import { expect } from "chai";
import type { JobFilter } from "../../src/queue/selection/filter.sql.ts";
import { readSearchFacts, SEARCH_INDEX_SQL } from "../../src/doctor/search.sql.ts";
import { findUsernames } from "../../src/queue/selection/usernames.sql.ts";
import { readShortIdDigits } from "../../src/queue-table/short-id.sql.ts";
import {
  findJobsInRanges,
  findJobsOfUsername,
} from "../../src/queue/selection/resolve-jobs.sql.ts";
import { rangeOfIds } from "../../src/domain/short-id.ts";
import { listJobs } from "../../src/queue/list/list.sql.ts";
import { EVERY_JOB } from "../support/every-job.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import { planOf } from "../support/plans.ts";
import { fillInBulk } from "../support/fill-in-bulk.ts";

const JOBS = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, retry_count,
     status, next_retry_at, last_error_code, created_at, updated_at)
  select gen_random_uuid(), $1::uuid, 'kid_' || n, 'Kim Smith', 'managed_account', '',
         md5((n % 20000)::text)::uuid, 0,
         case n % 100 when 0 then 'pending' when 1 then 'failed' else 'completed' end,
         case when n % 100 = 0 then now() + interval '1 hour' end,
         case n % 10000 when 1 then 'undecryptable' when 101 then 'timeout' end, t, t
  from generate_series(1, 100000) n,
       lateral (select now() - n / 100000.0 * interval '92 days' as t) as age`;

const A_USER = "c4ca4238-a0b9-2382-0dcc-509a6f75849b";
const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
const AFTER = { value: new Date(Date.now() - 46 * DAY_MS).toISOString(), id: A_USER };

for (const variant of ["ef", "script"] as const) {
  describe(`queue list on the ${variant} database with 100,000 jobs`, () => {
    let db: TestDatabase;

    before(async () => {
      db = await cloneDatabase(variant);
      const family = await givenFamily(db);
      await fillInBulk(db, ["auth.queued_managed_account_creations"], async () => {
        await db.query(JOBS, [family]);
      });
      await db.query("vacuum analyze");
    });
    after(() => db.drop());

    const list = (filter: Partial<JobFilter>, after: typeof AFTER | null) =>
      planOf(db, (queryable) =>
        listJobs(queryable, {
          filter: { ...EVERY_JOB, ...filter },
          sort: { field: "createdAt", descending: true },
          ...{ limit: 50, after, leaseMs: 300_000 },
        }),
      );

    const filters: Record<string, [Partial<JobFilter>, string]> = {
      "no filter": [{}, "created"],
      "--since": [{ since: { agoMs: WEEK_MS } }, "created"],
      "--until": [{ until: { agoMs: WEEK_MS } }, "created"],
      "--status failed": [{ statuses: ["failed"] }, "open_status"],
      "--status processing": [{ statuses: ["processing"] }, "open_status"],
      "--status pending,failed": [{ statuses: ["pending", "failed"] }, "open"],
      "--error": [{ errors: ["undecryptable"] }, "error"],
      "--username": [{ username: "kid_77" }, "username"],
      "--created-by": [{ createdBy: A_USER }, "created_by"],
    };
    // What one person or one rare cause has may be sorted.
    const few = ["error", "username", "created_by"];
    for (const [what, [filter, index]] of Object.entries(filters)) {
      it(`reads each page with ${what} off ix_…_${index}`, async () => {
        for (const after of [null, AFTER]) {
          const plan = await list(filter, after);

          expect(plan.indexes).to.deep.equal([`ix_queued_managed_account_creations_${index}`]);
          expect(plan.readWhole).to.deep.equal([]);
          if (!few.includes(index)) expect(plan.steps).not.to.include("Sort");
        }
      });
    }

    it("finds the jobs whose IDs begin this way by the primary key, in the order of IDs", async () => {
      const ranges = ["3f0c", "beef1234"].map((text) => rangeOfIds(text) ?? expect.fail(text));

      const plan = await planOf(db, (queryable) => findJobsInRanges(queryable, ranges, 11));

      expect(plan.indexes).to.have.length(1);
      expect(plan.indexes.join()).to.match(/^pk_|_pkey$/);
      expect(plan.steps).to.include("Index Scan").and.not.to.include("Bitmap Heap Scan");
      expect(plan.readWhole).to.deep.equal([]);
    });

    it("finds how short ids may be by the primary key alone", async () => {
      const plan = await planOf(db, (queryable) => readShortIdDigits(queryable, "job", [A_USER]));

      expect(new Set(plan.indexes)).to.have.property("size", 1);
      expect(plan.indexes.join()).to.match(/^(\w*(_pkey|pk_\w*),?){2}$/i);
      expect(plan.steps.filter((step) => step === "Index Only Scan")).to.have.length(2);
      expect(plan.readWhole).to.deep.equal([]);
    });

    it("finds the usernames that begin this way by the index of usernames, which is in their order", async () => {
      const plan = await planOf(db, (queryable) =>
        findUsernames(queryable, { start: "kid_7", limit: 50, timeoutMs: 1000 }),
      );

      expect(plan.indexes).to.deep.equal(["ix_queued_managed_account_creations_username"]);
      expect(plan.steps).not.to.include("Sort");
    });

    it("finds the jobs of a username by theirs", async () => {
      const plan = await planOf(db, (queryable) => findJobsOfUsername(queryable, "kid_77", 11));

      expect(plan.indexes).to.deep.equal(["ix_queued_managed_account_creations_username"]);
    });

    it("finds what --search names by the index that doctor advises, wildcards in names as well", async () => {
      const before = await list({ search: "d_7777" }, null);
      for (const sql of SEARCH_INDEX_SQL) await db.query(sql);
      await db.query("vacuum analyze auth.queued_managed_account_creations");

      for (const search of ["kid_77777", "d_7777", "100%_nobody"]) {
        const plan = await list({ search }, null);
        expect(plan.indexes.join(), search).to.include("_search");
        expect(plan.readWhole).to.deep.equal([]);
      }
      expect(before.indexes.join()).not.to.include("_search");
      expect(await readSearchFacts(db)).to.deep.equal({ jobs: 100_000, indexed: true });
    });

    it("reads nothing whole for --due, --stuck and --impossible, which few jobs are", async () => {
      const due = await list({ due: true }, null);
      const stuck = await list({ stuck: true }, null);

      expect(due.indexes).to.include("ix_queued_managed_account_creations_due");
      expect(stuck.indexes.join()).to.match(/_(processing|open_status)$/);
      const impossible = await list({ impossible: true }, null);
      expect(impossible.indexes).to.include("ix_queued_managed_account_creations_impossible");
      expect([due, stuck, impossible].flatMap(({ readWhole }) => readWhole)).to.deep.equal([]);
    });
  });
}
