// Databases of unreleased versions: `migrate` takes them over, however far they had come, and loses no row.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { runCli, type CliResult } from "../support/cli.ts";
import { cloneDatabase, emptyDatabase, type TestDatabase } from "../support/database.ts";
import { readDiagnosis } from "../support/diagnosis.ts";
import { API_SCHEMAS } from "../support/family-hub-schemas.ts";
import { givenJob } from "../support/given.ts";
import { pictureOfAuth, pictureOfSchemas, rowsOfAuth } from "../support/schema-picture.ts";
import { MIGRATED } from "../support/migrated.ts";

const FILE = readFileSync(new URL("unreleased.sql", import.meta.url), "utf8");
const [SETUP = "", ...PARTS] = FILE.split(/^(?=-- \d{4}_)/m);
const NOW = [
  ...[
    "0001_family_hub_tables",
    "0002_queue_columns",
    "0003_history",
    "0004_indexes",
    "0005_traces",
  ],
];

let db: TestDatabase;

const run = (...args: string[]): Promise<CliResult> => runCli(args, { DATABASE_URL: db.url });

/** As far as its migration of that number. @returns the names that it recorded */
async function givenUnreleased(variant: "ef" | "script", migrations: number): Promise<string[]> {
  db = await emptyDatabase(API_SCHEMAS[variant]);
  await db.query(SETUP);
  const applied: string[] = [];
  for (const part of PARTS.slice(0, migrations)) {
    const [, name = ""] = /^-- (\w+)/.exec(part) ?? [];
    await db.query(part);
    await db.query(
      "insert into family_hub_jobs.migrations (name, batch, migration_time) values ($1, 1, now())",
      [name],
    );
    applied.push(name);
  }
  await db.query("insert into family_hub_jobs.migrations_lock (is_locked) values (0)");
  return applied;
}

async function givenRows(): Promise<void> {
  const { id } = await givenJob(db, { status: "failed", retryCount: 5 });
  await db.query(
    `insert into family_hub_jobs.attempts (job_id, run_id, outcome, retry_count, error_code, duration_ms)
     values ($1, gen_random_uuid(), 'failed', 5, 'unknown', 7)`,
    [id],
  );
  await db.query(
    "insert into family_hub_jobs.operator_actions (actor, verb, job_id) values ('alice', 'cancel', $1)",
    [id],
  );
  await db.query("update family_hub_jobs.breaker set reason = 'Zitadel is away'");
}

/** What the tool itself had written, without what the takeover adds. */
async function rowsOfOurs(): Promise<object> {
  return db.one<object>(`
    select (select jsonb_agg(to_jsonb(a) - 'traceparent') from family_hub_jobs.attempts a) as attempts,
           (select jsonb_agg(o.job_id) from family_hub_jobs.operator_actions o
            where o.verb = 'cancel') as actions,
           (select jsonb_agg(b.reason) from family_hub_jobs.breaker b) as breaker`);
}

for (const variant of ["ef", "script"] as const) {
  describe(`a database of an unreleased version, on FamilyHub's ${variant} one`, () => {
    let fresh: readonly string[];

    before(async () => {
      const migrated = await cloneDatabase(variant);
      fresh = await pictureOfSchemas(migrated);
      await migrated.drop();
    });
    afterEach(() => db.drop());

    for (const migrations of [3, 8, 9]) {
      it(`with ${migrations} of its 9 migrations is taken over: each row is kept, the schema is as in a new one`, async () => {
        const before = await givenUnreleased(variant, migrations);
        await givenRows();
        const rows = [await rowsOfAuth(db), await rowsOfOurs()];

        const { code, stdout, stderr } = await run("migrate", "--actor", "bob");
        const again = await run("migrate", "--json");

        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: MIGRATED });
        expect(stdout).to.equal(
          "applied 0003_history\napplied 0004_indexes\napplied 0005_traces\n",
        );
        expect(JSON.parse(again.stdout)).to.deep.equal({ applied: [] });
        expect(await pictureOfSchemas(db)).to.deep.equal(fresh);
        expect([await rowsOfAuth(db), await rowsOfOurs()]).to.deep.equal(rows);
        const audit = await db.query(
          "select actor, before, after from family_hub_jobs.operator_actions where verb = 'migrate'",
        );
        expect(audit).to.deep.equal([
          { actor: "bob", before: { applied: before }, after: { applied: NOW } },
        ]);
      });
    }

    it("is rolled back like any other once it is taken over: FamilyHub's own is as it was", async () => {
      const api = await emptyDatabase(API_SCHEMAS[variant]);
      const picture = await pictureOfAuth(api);
      await api.drop();
      await givenUnreleased(variant, 9);
      await run("migrate");

      const last = await run("migrate", "rollback", "--json");
      const all = await run("migrate", "rollback", "--all", "--json");

      expect(JSON.parse(last.stdout)).to.deep.equal({
        rolledBack: ["0005_traces", "0004_indexes"],
      });
      expect(JSON.parse(all.stdout)).to.deep.equal({ rolledBack: NOW.slice(0, 3).toReversed() });
      expect(await pictureOfAuth(db)).to.deep.equal(picture);
    });
  });
}

describe("before it is taken over, a database of an unreleased version", () => {
  let applied: string[];

  beforeEach(async () => {
    applied = await givenUnreleased("ef", 8);
  });
  afterEach(() => db.drop());

  it("is refused by every command with 78, which says that `migrate` is to be run", async () => {
    const results = [
      await run("queue", "list"),
      await run("purge-invitations"),
      await run("migrate", "rollback", "--all"),
    ];

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.match(
        /by an unreleased family-hub-jobs \(it has 0003_history_tables, .*0008_listing_indexes\): run `family-hub-jobs migrate` .*; all rows are kept/,
      );
    }
  });

  it("has its migrations listed as outdated, and --check says with 1 that some are pending", async () => {
    const { code, stdout } = await run("migrate", "status", "--check", "--json");

    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.deep.equal({
      migrations: [
        ...NOW.slice(0, 2).map((name) => ({ name, state: "applied" })),
        ...NOW.slice(2).map((name) => ({ name, state: "pending" })),
        ...applied.slice(2).map((name) => ({ name, state: "outdated" })),
      ],
      differences: [],
    });
  });

  it("fails the doctor, who says what to run", async () => {
    const { line } = readDiagnosis(await run("doctor", "--json"));

    expect(line("migrations")).to.include({ status: "fail" });
    expect(line("migrations").found).to.match(/^an unreleased version .*0008_listing_indexes$/);
    expect(line("migrations").mend).to.include("`family-hub-jobs migrate`");
  });

  it("is not changed if its tables differ from what the tool needs", async () => {
    await db.query("alter table auth.users rename username to login");
    const picture = await pictureOfSchemas(db);

    const { code, stderr } = await run("migrate");

    expect(code).to.equal(78);
    expect(stderr).to.include("auth.users lacks username");
    expect(await pictureOfSchemas(db)).to.deep.equal(picture);
    expect((await run("migrate", "status")).stdout).to.include("outdated 0003_history_tables");
  });
});
