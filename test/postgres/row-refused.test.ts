// What Postgres answers when a row is at fault, and when it is something else.
import { expect } from "chai";
import { readConfig } from "../../src/config/config.ts";
import { openDatabase, type Database } from "../../src/postgres/database.ts";
import { DatabaseUnavailable } from "../../src/errors.ts";
import { RowRefused } from "../../src/postgres/row-refused.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";

const CIPHERTEXT = "eyJhbGciOiJFQ0RILUVTIn0..aXZpdml2.Y2lwaGVy.dGFn";

describe("an answer of Postgres", () => {
  let test: TestDatabase;
  let db: Database;
  before(async () => {
    test = await cloneDatabase();
    db = openDatabase(readConfig({ DATABASE_URL: test.url }, "database").database, "fhj test");
    await test.query(`
      create table public.parents (id uuid primary key, note varchar(3) check (note <> 'no'));
      create table public.children (parent_id uuid references public.parents);
      insert into parents values ('00000000-0000-4000-8000-000000000001', 'yes');
      insert into children values ('00000000-0000-4000-8000-000000000001');`);
  });
  after(async () => {
    await db.close();
    await test.drop();
  });

  const answerTo = (sql: string): Promise<Error> =>
    db.query(sql).then(
      () => new Error("no error"),
      (error: Error) => error,
    );

  const whenTriggered = async (body: string): Promise<Error> => {
    await test.query(`
      create or replace function public.refuse() returns trigger language plpgsql as
        $$ begin ${body}; return new; end $$;
      create or replace trigger refuse before insert on parents
        for each row execute function public.refuse();`);
    const answer = await answerTo("insert into parents values (gen_random_uuid(), 'yes')");
    await test.query("drop trigger refuse on parents");
    return answer;
  };

  it("names constraint and table, in the server's words but never the row's values", async () => {
    const error = await answerTo("insert into parents values (gen_random_uuid(), 'no')");

    expect(error).to.be.instanceOf(RowRefused);
    expect((error as RowRefused).toRefusal("7")).to.deep.equal({
      id: "7",
      constraint: "parents_note_check",
      table: "public.parents",
      message: 'new row for relation "parents" violates check constraint "parents_note_check"',
    });
    expect(error.message).to.match(/parents_note_check, table public\.parents, SQLSTATE 23514\)/);
  });

  it("names the row that another table refers to as the first suspect", async () => {
    const error = await answerTo("delete from parents");

    expect(error)
      .to.have.property("suspects")
      .that.deep.equals(["00000000-0000-4000-8000-000000000001"]);
    expect(error).to.have.property("table", "public.children");
    expect(error.message).not.to.include("00000000-0000");
  });

  for (const code of ["P0001", "FH001", "XX000", "57P01", "08006", "42P01"]) {
    it(`blames the row for what a trigger raises with SQLSTATE ${code}`, async () => {
      const raised = `raise exception 'not today' using errcode = '${code}'`;

      const error = await whenTriggered(raised);

      expect(error).to.be.instanceOf(RowRefused);
      expect((error as RowRefused).toRefusal("7")).to.deep.equal({
        ...{ id: "7", constraint: null, table: null },
        message: "not today (raised by refuse())",
      });
    });
  }

  it("blames a full disk on Postgres, also where a trigger passes it on", async () => {
    const error = await whenTriggered("raise exception 'no space left' using errcode = '53100'");

    expect(error).to.be.instanceOf(DatabaseUnavailable);
  });

  it("blames the row for what its trigger cannot do, not our schema", async () => {
    const error = await whenTriggered("perform nothing from nowhere");

    expect(error).to.be.instanceOf(RowRefused);
  });

  it("hides a ciphertext that a trigger quotes, and the lines that it would break", async () => {
    const error = await whenTriggered(`raise exception E'refused: %\\nand more', '${CIPHERTEXT}'`);

    expect((error as RowRefused).reason).to.equal(
      "refused: [redacted] and more (raised by refuse())",
    );
  });

  it("blames no row for a statement that was canceled, and keeps the connection", async () => {
    const pid = async () =>
      (await db.query<{ pid: number }>("select pg_backend_pid() as pid"))[0]?.pid;
    const before = await pid();

    const error = await answerTo("set statement_timeout = 20; select pg_sleep(60)");

    expect(error.name).to.equal("DatabaseBusy");
    expect(error.message).to.include("canceling statement due to statement timeout");
    expect(await pid()).to.equal(before);
    await db.query("reset statement_timeout");
  });

  it("blames no row for a privilege that a trigger lacks, nor for a table that is missing", async () => {
    const lacking = await whenTriggered("set local role pg_monitor; perform 1 from parents");
    const missing = await answerTo("select 1 from nowhere");

    expect([lacking.name, missing.name]).to.deep.equal(["ConfigError", "ConfigError"]);
  });
});
