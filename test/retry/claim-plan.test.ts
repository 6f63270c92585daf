// What a claim reads stays small, however long the backlog is.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { WHOLE_QUEUE } from "../../src/postgres/lock-keys.ts";
import { claimDueJobs } from "../../src/retry/claim.sql.ts";
import { withoutTransaction } from "../support/claimed.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import { planOf } from "../support/plans.ts";

const DUE = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status)
  select gen_random_uuid(), $1::uuid, 'kid_' || n, 'Kim Smith', 'managed_account', '', $1::uuid,
         'pending'
  from generate_series(1, 5000) n`;

describe("claiming", () => {
  let db: TestDatabase;

  before(async () => {
    db = await cloneDatabase();
    await db.query(DUE, [await givenFamily(db)]);
    await db.query("vacuum analyze");
  });
  after(() => db.drop());

  it("takes the next jobs off their index, and does not sort those that wait behind them", async () => {
    const claimer = { runId: randomUUID(), leaseMs: 300_000, emailDomain: "example.com" };
    const slice = { limit: 100, after: null, shard: WHOLE_QUEUE, dueBefore: "infinity" };

    const { indexes, readWhole, steps } = await planOf(db, (queryable) =>
      claimDueJobs(withoutTransaction(queryable), claimer, slice),
    );

    expect(readWhole).to.deep.equal([]);
    expect(indexes).to.include("ix_queued_managed_account_creations_due");
    // Of those claimed.
    expect(steps.filter((step) => step === "Sort")).to.have.length(1);
    expect(steps[0]).to.equal("Sort");
  });
});
