// keys rotate reads what waits and nothing else, and finds by their ids the jobs that it writes.
import { expect } from "chai";
import { exchangeEnvelopes, listEnvelopes, type Envelope } from "../../src/keys/envelopes.sql.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import { planOf } from "../support/plans.ts";
import { fillInBulk } from "../support/fill-in-bulk.ts";

const JOBS = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status,
     retry_count, next_retry_at, created_at, updated_at)
  select gen_random_uuid(), $1::uuid, 'kid_' || n, 'Kim Smith', 'managed_account',
         case when n % $2 = 0 then repeat('x', 300) || n else '' end, $1::uuid,
         case when n % $2 = 0 then 'pending' else 'completed' end, 0,
         case when n % $2 = 0 then now() end, now() - n * interval '1 s', now()
  from generate_series(1, 100000) n`;

const INDEX = "ix_queued_managed_account_creations_open";

for (const variant of ["ef", "script"] as const) {
  for (const [what, every] of [
    ["that all wait", 1],
    ["of which 1 in 50 waits", 50],
  ] as const) {
    describe(`keys rotate on the ${variant} database with 100,000 jobs ${what}`, () => {
      let db: TestDatabase;
      let last: Envelope | null = null;

      before(async () => {
        db = await cloneDatabase(variant);
        const family = await givenFamily(db);
        await fillInBulk(db, ["auth.queued_managed_account_creations"], async () => {
          await db.query(JOBS, [family, every]);
        });
        await db.query("vacuum analyze");
      });
      after(() => db.drop());

      it("begins a page where the last one ended, passing over all that completed", async () => {
        last = (await listEnvelopes(db, null, 500)).at(-1) ?? null;

        const plan = await planOf(db, (queryable) => listEnvelopes(queryable, last, 500));

        expect(plan.indexes).to.deep.equal([INDEX]);
        expect(plan.steps).not.to.include("Sort");
        expect(last).not.to.equal(null);
      });

      it("exchanges 500 envelopes through the primary key", async () => {
        const batch = await listEnvelopes(db, null, 500);
        const exchanges = batch.map(({ id, jwe }) => ({ id, old: jwe, new: "y" }));

        const { indexes, readWhole } = await planOf(db, (queryable) =>
          exchangeEnvelopes(queryable, exchanges, "kid", { id: "", actor: "test", reason: null }),
        );

        expect(exchanges).to.have.length(500);
        expect(readWhole).to.deep.equal([]);
        expect([...new Set(indexes)].join()).to.match(/^(pk_\w+|\w+_pkey)$/);
      });
    });
  }
}
