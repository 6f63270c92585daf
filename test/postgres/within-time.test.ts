// A query that takes too long is canceled, and the transaction that holds a lock continues.
import { expect } from "chai";
import { readConfig } from "../../src/config/config.ts";
import { tryAdvisoryLock } from "../../src/lock/advisory-lock.ts";
import type { HeldLock } from "../../src/lock/lock-attempt.ts";
import { isRefused } from "../../src/lock/lock-attempt.ts";
import { withinTime, withinTimeTogether } from "../../src/postgres/within-time.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";

describe("a question with a time limit", () => {
  let db: TestDatabase;
  before(async () => (db = await cloneDatabase()));
  after(() => db.drop());

  async function underLock<T>(ask: (lock: HeldLock) => Promise<T>): Promise<T> {
    const { database } = readConfig({ DATABASE_URL: db.url }, "database");
    const lock = await tryAdvisoryLock(database, "fhj test", "queue add");
    if (isRefused(lock)) throw new Error("the lock is held");
    try {
      return await ask(lock);
    } finally {
      await lock.release();
    }
  }

  const settingOf = async (lock: HeldLock) =>
    (await lock.query<{ statement_timeout: string }>("show statement_timeout"))[0];

  it("is given up when its time is over; the lock and its other settings stay", async () => {
    const found = await underLock(async (lock) => {
      const before = await settingOf(lock);
      const answer = await withinTime(lock, 50, () => lock.query("select pg_sleep(600)"));
      const held = `select count(*)::int as n from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`;
      const [locks] = await lock.query<{ n: number }>(held);
      return { answer, same: await settingOf(lock), before, locks: locks?.n };
    });

    expect(found).to.deep.include({ answer: null, same: found.before, locks: 2 });
  });

  it("is answered when there is time enough", async () => {
    const answer = await underLock((lock) =>
      withinTime(lock, 10_000, () => lock.query<{ one: number }>("select 1 as one")),
    );

    expect(answer).to.deep.equal([{ one: 1 }]);
  });

  it("fails as it would without a limit where something else is wrong", async () => {
    const message = await underLock((lock) =>
      withinTime(lock, 10_000, () => lock.query("select 1 / 0")).then(
        () => "no error",
        (error: Error) => error.message,
      ),
    );

    expect(message).to.include("22012");
  });
});

describe("many questions with one time limit", () => {
  let db: TestDatabase;
  before(async () => (db = await cloneDatabase()));
  after(() => db.drop());

  async function ask(limitMs: number, times: number, sql: string): Promise<number | null> {
    const { database } = readConfig({ DATABASE_URL: db.url }, "database");
    const lock = await tryAdvisoryLock(database, "fhj test", "queue add");
    if (isRefused(lock)) throw new Error("the lock is held");
    try {
      return await withinTimeTogether(lock, limitMs, async (limited) => {
        for (let time = 0; time < times; time += 1) await limited.query(sql);
        return times;
      });
    } finally {
      await lock.release();
    }
  }

  it("are given up when all of them need longer, whether one does or not", async () => {
    expect(await ask(50, 1, "select pg_sleep(600)")).to.equal(null);
    expect(await ask(100, 30_000, "select pg_sleep(0.02)")).to.equal(null);
    expect(await ask(0, 1, "select 1")).to.equal(null);
  });

  it("are answered when there is time enough", async () => {
    expect(await ask(10_000, 3, "select 1")).to.equal(3);
  });
});
