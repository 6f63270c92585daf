// A transaction is one connection's: nothing is called done that a lost connection took with it.
import { expect } from "chai";
import { readConfig } from "../../src/config/config.ts";
import { openDatabase, type Database } from "../../src/postgres/database.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "../support/wait-until.ts";

const WAITS_FOR_A_LOCK = `exists (select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock')`;

describe("a transaction", () => {
  let test: TestDatabase;
  let db: Database;
  before(async () => {
    test = await cloneDatabase();
    db = openDatabase(readConfig({ DATABASE_URL: test.url }, "database").database, "fhj test");
    await test.query("create table public.notes (text text)");
  });
  after(async () => {
    await db.close();
    await test.drop();
  });

  it("fails when its connection is lost before the commit, which a new one could not make good", async () => {
    const outcome = await db
      .transaction(async (tx) => {
        await tx.query("insert into notes values ('lost')");
        const [session] = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
        await test.query("select pg_terminate_backend($1)", [session?.pid]);
        await until(test, "not exists (select from pg_stat_activity where pid = $1)", [
          session?.pid,
        ]);
      })
      .catch((error: Error) => error.name);

    expect(outcome).to.equal("DatabaseUnavailable");
    expect(await test.query("select from notes")).to.deep.equal([]);
    await db.query("insert into notes values ('kept')");
    expect(await test.query("select from notes")).to.have.length(1);
  });

  it("cancels a statement that waits too long for another session's lock, and the next one waits as usual", async () => {
    const [first = { text: "" }] = await test.query<{ text: string }>("select text from notes");
    const holder = openDatabase(
      readConfig({ DATABASE_URL: test.url }, "database").database,
      "fhj other",
    );

    const outcome = await holder.transaction(async (tx) => {
      await tx.query("select from notes for update");
      return db
        .transaction((own) => own.query("update notes set text = 'mine'"), { lockTimeoutMs: 50 })
        .catch((error: Error) => error.name);
    });
    await holder.close();

    expect(outcome).to.equal("DatabaseBusy");
    expect(first.text).to.equal("kept");
    const [after] = await db.query<{ lock_timeout: string }>("show lock_timeout");
    expect(after?.lock_timeout).to.equal("0");
  });

  it("is repeated after a deadlock, and its changes are made once", async () => {
    const other = openDatabase(
      readConfig({ DATABASE_URL: test.url }, "database").database,
      "fhj other",
    );
    await test.query("create table public.pair (id int, text text)");
    await test.query("insert into pair values (1, ''), (2, '')");
    let [tries, crossing]: [number, Promise<unknown>] = [0, Promise.resolve()];
    const add = (id: number) => `update pair set text = text || 'x' where id = ${id}`;

    await db.transaction(async (tx) => {
      tries += 1;
      await tx.query("set local deadlock_timeout = '10ms'");
      await tx.query(add(1));
      if (tries === 1) {
        const holds = new Promise<void>((resolve) => {
          crossing = other.transaction(async (own) => {
            await own.query(add(2));
            resolve();
            await own.query(add(1));
          });
        });
        await holds;
        await until(test, WAITS_FOR_A_LOCK);
      }
      await tx.query(add(2));
    });
    await crossing;
    await other.close();

    expect(tries).to.equal(2);
    expect(await test.query("select text from pair")).to.deep.equal([
      { text: "xx" },
      { text: "xx" },
    ]);
  });
});
