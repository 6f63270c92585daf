// Tables that were there before: migrate adopts FamilyHub's as they are found, and no others.
import { expect } from "chai";
import { runCli, type CliResult } from "../support/cli.ts";
import { emptyDatabase, type TestDatabase } from "../support/database.ts";
import { readDiagnosis } from "../support/diagnosis.ts";
import { API_SCHEMAS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";
import { MIGRATED } from "../support/migrated.ts";

const QUEUE = "auth.queued_managed_account_creations";

let db: TestDatabase;

const run = (...args: string[]): Promise<CliResult> => runCli(args, { DATABASE_URL: db.url });

/** The whole database, as far as a migration could change it. */
async function picture(): Promise<unknown> {
  return db.query<object>(
    `select n.nspname, c.relname, c.relkind, a.attname, a.atttypid::regtype, a.attnotnull
     from pg_namespace n
     left join pg_class c on c.relnamespace = n.oid
     left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1, 2, 4`,
  );
}

/** That migrate refuses, saying this, and changes nothing. @returns the fixes that it prints */
async function expectRefused(...said: readonly string[]): Promise<string[]> {
  const before = await picture();

  const refused = await run("migrate");
  const status = await run("migrate", "status", "--check", "--json");

  expect([refused.code, refused.stdout, status.code]).to.deep.equal([78, "", 78]);
  const { differences } = JSON.parse(status.stdout) as { differences: Record<string, string>[] };
  const listed = differences.map(({ table, found }) => `${table} ${found}`);
  expect(listed).to.deep.equal(said);
  for (const line of said) expect(refused.stderr).to.include(`family-hub-jobs: ${line}. Fix: `);
  expect(await picture()).to.deep.equal(before);
  return differences.map(({ fix = "" }) => fix);
}

async function expectAdopted(): Promise<void> {
  const { code, stderr } = await run("migrate");
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: MIGRATED });
  expect((await run("migrate", "status", "--check")).code).to.equal(0);
}

for (const variant of ["ef", "script"] as const) {
  describe(`migrate on a database much like FamilyHub's ${variant} one`, () => {
    beforeEach(async () => {
      db = await emptyDatabase(API_SCHEMAS[variant]);
    });
    afterEach(() => db.drop());

    it("refuses tables that lack columns, naming all of them, and adopts them once they are there", async () => {
      await db.query(
        `alter table auth.users rename username to login;
         alter table auth.users rename role to kind;
         alter table ${QUEUE} rename full_name to name`,
      );

      // A column that must be filled, and is not known, may well be the one that is lacking.
      const fixes = await expectRefused(
        `${QUEUE} lacks full_name`,
        `${QUEUE} has a required column name that this tool does not know`,
        "auth.users lacks role, username",
      );
      await db.query(
        `alter table auth.users rename login to username;
         alter table auth.users rename kind to role;
         alter table ${QUEUE} rename name to full_name`,
      );

      expect(fixes[0]).to.match(/rename or add what should be full_name varchar\(100\) not null$/);
      await expectAdopted();
    });

    const WRONG = {
      "a type": [
        `alter table auth.users alter column zitadel_user_id type uuid using null`,
        "auth.users has a column zitadel_user_id that is uuid, not varchar(255)",
      ],
      "a kind of number": [
        `alter table ${QUEUE} alter column retry_count type bigint`,
        `${QUEUE} has a column retry_count that is int8, not integer`,
      ],
      "a narrow text": [
        `alter table auth.users alter column email type varchar(40)`,
        "auth.users has a column email that is varchar(40), narrower than varchar(320)",
      ],
      "a narrow domain": [
        `create domain auth.name as varchar(10);
         create domain auth.username as auth.name;
         alter table auth.users alter column username type auth.username`,
        "auth.users has a column username that is varchar(10), narrower than varchar(20)",
      ],
      "a column that may be empty": [
        `alter table ${QUEUE} alter column status drop not null`,
        `${QUEUE} has a column status that may be null`,
      ],
      "a column that may not be empty": [
        `alter table ${QUEUE} alter column next_retry_at set not null`,
        `${QUEUE} has a column next_retry_at that may not be null`,
      ],
      "a generated column": [
        `alter table auth.users drop column full_name;
         alter table auth.users add column full_name varchar(100)
           generated always as (username || ' Smith') stored`,
        "auth.users has a column full_name that is generated, and this tool writes it",
      ],
      "a column of its own of another type": [
        `alter table ${QUEUE} add column completed_at date`,
        `${QUEUE} has a column completed_at that is date, not timestamptz`,
      ],
    } as const;

    for (const [what, [sql, said]] of Object.entries(WRONG)) {
      it(`refuses ${what}, and its fix, executed as it is, works`, async () => {
        await db.query(sql);

        const [fix = ""] = await expectRefused(said);
        await db.query(fix);

        await expectAdopted();
      });
    }

    it("refuses a column that an insert would leave empty, where it must be filled", async () => {
      await db.query("alter table auth.users add column tenant_id uuid not null");

      await expectRefused(
        "auth.users has a required column tenant_id that this tool does not know",
      );
      await db.query("alter table auth.users alter column tenant_id set default gen_random_uuid()");

      await expectAdopted();
    });

    it("adopts wider columns, texts, domains and citext", async () => {
      await db.query(
        `create extension if not exists citext;
         create domain auth.username as varchar(30) check (value <> '');
         alter table auth.users alter column username type citext,
                                alter column email type text,
                                alter column role type varchar(60);
         alter table ${QUEUE} alter column username type auth.username,
                              alter column retry_count type smallint`,
      );

      await expectAdopted();
    });

    for (const [what, sql, found] of [
      [
        "a view in the place of the queue",
        `alter table ${QUEUE} rename to real_queue; create view ${QUEUE} as select * from auth.real_queue`,
        `${QUEUE} is a view`,
      ],
      [
        "partitions in the place of invitations",
        `alter table auth.family_member_invitations rename to old;
         create table auth.family_member_invitations (like auth.old) partition by range (expires_at)`,
        "auth.family_member_invitations is a partitioned table",
      ],
      [
        "a rewrite rule",
        `create rule silence as on insert to auth.outbox_events do instead nothing`,
        "auth.outbox_events has a rule silence, with which Postgres refuses this tool's statements",
      ],
      [
        "heirs of the queue",
        `create table auth.heir () inherits (${QUEUE})`,
        `${QUEUE} is a parent table`,
      ],
      [
        "a view that nothing can be inserted into",
        `alter table auth.users rename to real_users;
         create view auth.users as select distinct * from auth.real_users`,
        "auth.users is a read-only view",
      ],
      [
        "a materialized view of families, in which new ones are missing",
        `alter table auth.families rename to real_families;
         create materialized view auth.families as select * from auth.real_families`,
        "auth.families is a materialized view",
      ],
    ] as const) {
      it(`refuses ${what}`, async () => {
        await db.query(sql);

        await expectRefused(found);
      });
    }

    it("does not add its tables to another application's schema of that name", async () => {
      await db.query("create schema family_hub_jobs; create table family_hub_jobs.runs (id int)");

      const [fix = ""] = await expectRefused(
        "family_hub_jobs.runs exists, but no migration of this tool created it: the schema belongs to another application",
      );
      await db.query(fix);

      await expectAdopted();
    });

    it("names what was changed since it migrated, with status and doctor saying the same", async () => {
      await expectAdopted();
      await db.query("alter table auth.users rename username to login");

      const refused = await run("migrate");
      const status = await run("migrate", "status", "--check");
      const doctor = readDiagnosis(await run("doctor", "--json"));

      expect([refused.code, status.code, doctor.code]).to.deep.equal([78, 78, 1]);
      expect(refused.stderr).to.include("auth.users lacks username. Fix: let FamilyHub's API");
      expect(status.stdout).to.match(
        /^differs {2}auth\.users lacks username\n {9}fix: let FamilyHub/m,
      );
      expect(doctor.line("tables")).to.include({ found: "auth.users lacks username" });
    });
  });
}

describe("migrate where FamilyHub's families live in another schema", () => {
  const FAMILIES = `create schema family;
    create table family.families (id uuid primary key, name text, deleted_at timestamptz)`;

  beforeEach(async () => {
    db = await emptyDatabase();
  });
  afterEach(() => db.drop());

  for (const [what, sql] of [
    [
      "and the other tables are there",
      `${API_SCHEMAS.script}; ${FAMILIES};
       alter table auth.users drop constraint fk_users_families_family_id;
       drop table auth.families cascade`,
    ],
    ["and no other table is there", FAMILIES],
  ] as const) {
    it(`creates no second, empty tables, ${what}, and adopts a view of them`, async () => {
      await db.query(sql);

      const [view = ""] = await expectRefused(
        "auth.families does not exist, but family.families does: a second, empty table would be useless",
      );
      await db.query(`create schema if not exists auth; ${view}`);

      expect(view).to.match(/^create view auth\.families as select id\b.* from family\.families;$/);
      await expectAdopted();
    });
  }

  it("is ignored if a table only has the same name", async () => {
    await db.query(
      `create table public.users (id int); create table public.outbox_events (id int)`,
    );

    await expectAdopted();
  });
});

describe("views in the place of families, users and events", () => {
  const scene = setScene("own", async () => {
    db = await emptyDatabase(
      `create schema family;
       create table family.families (id uuid primary key, name text, owner_id uuid, deleted_at timestamptz);
       create schema auth;
       create view auth.families as select * from family.families`,
    );
    await run("migrate");
    await db.query(
      `alter schema family owner to current_user;
       alter table auth.users set schema family;
       alter table auth.outbox_events rename to all_events;
       create view auth.users as select * from family.users;
       create view auth.outbox_events as select * from auth.all_events`,
    );
    return db;
  });

  it("are read and written like tables: an account is created, a taken name fails", async () => {
    const [job, taken] = [await givenJob(scene.db), await givenJob(scene.db)];
    await scene.zitadel.control.addUser({ username: taken.username });

    const { report, stderr } = await scene.retry();
    const check = await scene.cli(["migrate", "status", "--check"]);

    expect(report, stderr).to.include({ created: 1, failed: 1 });
    expect(check).to.include({ code: 0, stderr: "" });
    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
    expect(await scene.db.query("select from family.users")).to.have.length(1);
    expect(await scene.db.query("select from auth.all_events")).to.have.length(2);
  });
});
