// A transaction that keeps locks ends within a minute once its client's host is gone.
import { expect } from "chai";
import { readConfig } from "../../src/config/config.ts";
import { tryAdvisoryLock } from "../../src/lock/advisory-lock.ts";
import { isRefused } from "../../src/lock/lock-attempt.ts";
import { openDatabase, type Queryable } from "../../src/postgres/database.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";

/** As the kernel has them for this connection. */
async function keepalivesOf(db: Queryable): Promise<object | undefined> {
  const rows = await db.query<object>(
    `select current_setting('tcp_keepalives_idle') as idle,
            current_setting('tcp_keepalives_interval') as interval,
            current_setting('tcp_keepalives_count') as count,
            current_setting('tcp_user_timeout') as "userTimeout"`,
  );
  return rows[0];
}

const WITHIN_A_MINUTE = { idle: "30", interval: "10", count: "3", userTimeout: "60000" };

describe("a transaction that keeps locks", () => {
  let db: TestDatabase;
  before(async () => {
    db = await cloneDatabase();
  });
  after(() => db.drop());

  it("asks after a silent client each 10 s from 30 s on, where it holds the lock of a run", async () => {
    const lock = await tryAdvisoryLock(
      readConfig({ DATABASE_URL: db.url }, "database").database,
      "fhj test",
      "retry-accounts",
    );
    if (isRefused(lock)) throw new Error("the lock is held");
    try {
      const kept = await keepalivesOf(lock);

      await lock.releaseSnapshot();
      expect([kept, await keepalivesOf(lock)]).to.deep.equal([WITHIN_A_MINUTE, WITHIN_A_MINUTE]);
    } finally {
      await lock.release();
    }
  });

  it("does so in several statements, and leaves the session as it was", async () => {
    const database = openDatabase(
      readConfig({ DATABASE_URL: db.url }, "database").database,
      "fhj test",
    );
    try {
      const before = await keepalivesOf(database);
      const within = await database.transaction(keepalivesOf);
      const after = await keepalivesOf(database);

      expect(within).to.deep.equal(WITHIN_A_MINUTE);
      expect(after).to.deep.equal(before);
    } finally {
      await database.close();
    }
  });
});
