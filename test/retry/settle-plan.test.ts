// What settling reads stays small: in a family of thousands, in a queue full of a run's own leavings.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { settleJobs } from "../../src/retry/settle.sql.ts";
import { claimedJob, withoutTransaction } from "../support/claimed.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import { planOf } from "../support/plans.ts";

const FULL = `
  insert into auth.users (id, email, external_user_id, external_provider, family_id, username)
  select gen_random_uuid(), n || '@example.com', 'id-' || n, 'zitadel', $1::uuid, 'kid_' || n
  from generate_series(1, 20000) n;`;
const QUEUE = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status)
  select gen_random_uuid(), $1::uuid, 'kid_' || n, 'Kim Smith', 'managed_account', '', $1::uuid,
         'completed'
  from generate_series(1, 50000) n`;

describe("settling", () => {
  let db: TestDatabase;

  before(async () => {
    db = await cloneDatabase();
    const family = await givenFamily(db);
    await db.query(FULL, [family]);
    await db.query(QUEUE, [family]);
    await db.query("vacuum analyze");
  });
  after(() => db.drop());

  it("finds each job by its id and each account by its id in Zitadel", async () => {
    const settlements = Array.from({ length: 20 }, () => {
      const job = claimedJob();
      const outcome = {
        kind: "completed",
        zitadelUserId: job.id,
        adopted: false,
        note: null,
      } as const;
      return { job, outcome, durationMs: 1, traceparent: null };
    });

    const { indexes, readWhole } = await planOf(db, (queryable) =>
      settleJobs(withoutTransaction(queryable), randomUUID(), "example.com", settlements),
    );

    expect(readWhole).to.deep.equal([]);
    expect(new Set(indexes)).to.deep.equal(
      new Set([
        ...["pk_queued_managed_account_creations", "ix_users_external_provider_user_id"],
        // Only for a user that was not written: whether somebody else has the name or the address.
        ...["ix_users_username", "ix_users_email"],
        // How many characters of a message fit.
        "pg_attribute_relid_attnam_index",
      ]),
    );
  });
});
