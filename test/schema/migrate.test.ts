// The schema: migrated, inspected, rolled back, and FamilyHub's own tables stay as they are.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { fileURLToPath } from "node:url";
import { atTerminal } from "../support/at-terminal.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { cloneDatabase, emptyDatabase, type TestDatabase } from "../support/database.ts";
import { CHECKOUT } from "../support/documents.ts";
import { API_SCHEMAS } from "../support/family-hub-schemas.ts";
import { givenInvitation, givenJob } from "../support/given.ts";
import { givenPendingIndex } from "../support/given-pending-index.ts";
import { openTransaction } from "../support/rows.ts";
import { pictureOfAuth, pictureOfSchemas, rowsOfAuth } from "../support/schema-picture.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const REFERENCE = readFileSync(`${CHECKOUT}docs/reference.md`, "utf8");
const QUEUE = "auth.queued_managed_account_creations";
const NAMES = [
  ...[
    "0001_family_hub_tables",
    "0002_queue_columns",
    "0003_history",
    "0004_indexes",
    "0005_traces",
  ],
];
const PREFIX = "auth.ix_queued_managed_account_creations";
const OUR_COLUMNS = [
  ...["claimed_by_run_id", "completed_at", "last_error_code", "lease_expires_at"],
  "zitadel_user_id",
];
const OUR_INDEXES = [
  ...["due", "processing", "impossible"],
  ...["completed", "completed_elsewhere", "failed_password", "failed"],
  ...["created", "open", "open_status", "username", "created_by", "error"],
];
const OUR_INDEX = new RegExp(`_creations_(${OUR_INDEXES.join("|")}) ON`);

let db: TestDatabase;

/** Call inside `describe`: a new database for each of its tests. */
function setDatabase(create: () => Promise<TestDatabase>): void {
  beforeEach(async () => {
    db = await create();
  });
  afterEach(() => db.drop());
}

const migrate = (...args: string[]): Promise<CliResult> =>
  runCli(["migrate", ...args], { DATABASE_URL: db.url });

async function givenRows(): Promise<void> {
  await givenJob(db, { status: "failed", retryCount: 5, lastErrorMessage: "too late" });
  await givenJob(db, { status: "completed" });
  await givenInvitation(db);
}

/** Added, with the statement that undoes it, between two pictures. */
function difference(before: readonly string[], after: readonly string[]) {
  return {
    added: after.filter((line) => !before.includes(line)),
    removed: before.filter((line) => !after.includes(line)),
  };
}

for (const variant of ["ef", "script"] as const) {
  describe(`migrate on FamilyHub's ${variant} database`, () => {
    setDatabase(() => emptyDatabase(API_SCHEMAS[variant]));

    it("adds the columns and indexes that the reference counts, and touches nothing else", async () => {
      await givenRows();
      const [picture, rows] = [await pictureOfAuth(db), await rowsOfAuth(db)];

      const { code, stdout } = await migrate();

      expect(code).to.equal(0);
      for (const name of NAMES) expect(stdout).to.include(name);
      const after = await pictureOfAuth(db);
      const columns = difference(picture.columns, after.columns);
      expect(columns.removed).to.deep.equal([]);
      expect(columns.added.map((line) => line.split(" ").slice(0, 2).join(" "))).to.deep.equal(
        OUR_COLUMNS.map((name) => `queued_managed_account_creations ${name}`),
      );
      const indexes = difference(picture.indexes, after.indexes);
      expect(indexes.removed).to.deep.equal([]);
      expect(indexes.added).to.have.length(OUR_INDEXES.length);
      for (const index of indexes.added) expect(index).to.match(OUR_INDEX);
      expect(REFERENCE).to.include(
        `${columns.added.length} nullable columns and ${indexes.added.length} indexes to`,
      );
      expect(after.constraints).to.deep.equal(picture.constraints);
      expect(await rowsOfAuth(db)).to.deep.equal(rows);
    });

    it("is undone by rollback --all: the database is as before, and can be migrated again", async () => {
      await givenRows();
      const [picture, rows] = [await pictureOfAuth(db), await rowsOfAuth(db)];
      await migrate();

      const { code } = await migrate("rollback", "--all");

      expect(code).to.equal(0);
      expect(await pictureOfAuth(db)).to.deep.equal(picture);
      expect(await rowsOfAuth(db)).to.deep.equal(rows);
      expect((await migrate("status", "--check")).code).to.equal(1);
      expect((await migrate()).code).to.equal(0);
      expect((await migrate("status", "--check")).code).to.equal(0);
      expect(await rowsOfAuth(db)).to.deep.equal(rows);
    });

    it("rolls back only its newest migration, and applies it again: rows, attempts and audit stay", async () => {
      await migrate();
      await givenRows();
      await db.query(
        `insert into family_hub_jobs.attempts (job_id, run_id, outcome, retry_count, duration_ms)
         values (gen_random_uuid(), gen_random_uuid(), 'created', 0, 7)`,
      );
      const newest = NAMES.at(-1) ?? "";
      // As where it came with a version of its own.
      await db.query("update family_hub_jobs.migrations set batch = 2 where name = $1", [newest]);
      const [schema, rows] = [await pictureOfSchemas(db), await rowsOfAuth(db)];

      const down = await migrate("rollback", "--json");
      const pending = await migrate("status", "--check");
      const up = await migrate("--json");

      expect(JSON.parse(down.stdout)).to.deep.equal({ rolledBack: [newest] });
      expect(pending.code).to.equal(1);
      expect(JSON.parse(up.stdout)).to.deep.equal({ applied: [newest] });
      expect(await pictureOfSchemas(db)).to.deep.equal(schema);
      expect(await rowsOfAuth(db)).to.deep.equal(rows);
      expect(
        await db.one<object>(
          `select (select count(*)::int from family_hub_jobs.attempts) as attempts,
                  (select array_agg(verb order by action_id) from family_hub_jobs.operator_actions) as audit`,
        ),
      ).to.deep.equal({ attempts: 1, audit: ["migrate", "migrate rollback", "migrate"] });
    });

    it("leaves a column alone that the API had added itself", async () => {
      await db.query(`alter table ${QUEUE} add column completed_at timestamptz default now()`);
      await givenRows();
      const [picture, rows] = [await pictureOfAuth(db), await rowsOfAuth(db)];

      const up = await migrate();
      const status = await migrate("status", "--check");
      const down = await migrate("rollback", "--all");

      expect([up.code, status.code, down.code]).to.deep.equal([0, 0, 0]);
      expect(await pictureOfAuth(db)).to.deep.equal(picture);
      expect(await rowsOfAuth(db)).to.deep.equal(rows);
    });
  });
}

const TO_UNDO =
  "To undo: family-hub-jobs migrate rollback (FamilyHub's own tables and rows stay)\n";
const TO_APPLY =
  "To apply again: family-hub-jobs migrate (rows of the tables that were dropped do not come back)\n";

describe("migrate on an empty database", () => {
  setDatabase(() => emptyDatabase());

  it("makes the tables that FamilyHub's API makes", async () => {
    expect((await migrate()).code).to.equal(0);

    const own = await pictureOfAuth(db);
    const api = await emptyDatabase(API_SCHEMAS.ef);
    const { columns, constraints } = await pictureOfAuth(api);
    await api.drop();
    const ours = new RegExp(`^queued_managed_account_creations (${OUR_COLUMNS.join("|")}) `);
    const withoutDefault = (line: string) =>
      line.replace(/^(queued_.* (created|updated)_at .*) now\(\)$/, "$1");
    expect(own.columns.filter((line) => !ours.test(line)).map(withoutDefault)).to.deep.equal(
      columns,
    );
    // The API's are named otherwise in part; what they refer to and how is the same.
    const references = (lines: readonly string[]) =>
      lines.flatMap((line) => /^(\S+) .*(FOREIGN KEY .*)$/.exec(line)?.slice(1).join(" ") ?? []);
    expect(references(own.constraints)).to.have.members(references(constraints));
    expect(references(own.constraints)).to.have.length(4);
  });

  it("keeps tables and rows when it is rolled back, and takes them up again", async () => {
    await migrate();
    await givenRows();
    const rows = await rowsOfAuth(db);

    const down = await migrate("rollback", "--all");
    const up = await migrate();

    expect([down.code, up.code]).to.deep.equal([0, 0]);
    expect(await rowsOfAuth(db)).to.deep.equal(rows);
  });

  it("is pending before, with exit 1 and nothing created, and applied after", async () => {
    const before = await migrate("status", "--json", "--check");
    const schemas = await db.query(
      "select from pg_namespace where nspname in ('auth', 'family_hub_jobs')",
    );
    await migrate();
    const after = await migrate("status", "--json", "--check");

    expect(before.code).to.equal(1);
    expect(schemas).to.deep.equal([]);
    expect(JSON.parse(before.stdout)).to.deep.equal({
      migrations: NAMES.map((name) => ({ name, state: "pending" })),
      differences: [],
    });
    expect(after.code).to.equal(0);
    expect(JSON.parse(after.stdout)).to.deep.equal({
      migrations: NAMES.map((name) => ({ name, state: "applied" })),
      differences: [],
    });
  });

  it("is done once when it is started four times at once", async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrate("--json")));

    expect(results.map(({ code }) => code)).to.deep.equal([0, 0, 0, 0]);
    const applied = results.flatMap(
      ({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied,
    );
    expect(applied).to.have.members(NAMES);
  });

  it("is reported as missing by every command, with 78 and the advice to migrate", async () => {
    const scene = { DATABASE_URL: db.url };
    const results = await Promise.all([
      runCli(["queue", "list"], scene),
      runCli(["queue", "show", "00000000-0000-4000-8000-000000000000"], scene),
      runCli(["queue", "requeue", "00000000-0000-4000-8000-000000000000"], scene),
      runCli(["queue", "cancel", "00000000-0000-4000-8000-000000000000"], scene),
      runCli(["purge-invitations", "--json"], scene),
    ]);

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include("family-hub-jobs migrate");
    }
  });
});

describe("migrate on a migrated database", () => {
  setDatabase(() => cloneDatabase("ef"));

  it("changes nothing", async () => {
    const picture = await pictureOfAuth(db);

    const [text, json] = [await migrate(), await migrate("--json")];

    expect(text.code).to.equal(0);
    expect(text.stdout).to.include("nothing to do");
    expect(JSON.parse(json.stdout)).to.deep.equal({ applied: [] });
    expect(await pictureOfAuth(db)).to.deep.equal(picture);
  });

  it("continues where knex's own lock was left by a migration that died", async () => {
    await migrate("rollback", "--all");
    await db.query("update family_hub_jobs.migrations_lock set is_locked = 1");

    const { code, stderr } = await migrate();

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: TO_UNDO });
    expect((await migrate("status", "--check")).code).to.equal(0);
  });

  it("finishes what a migration killed half-way began: complete indexes are kept, all are valid", async () => {
    await db.query("delete from family_hub_jobs.migrations where name = '0004_indexes'");
    for (const name of OUR_INDEXES.slice(1)) await db.query(`drop index ${PREFIX}_${name}`);
    const oid = () =>
      db.one<{ oid: number }>(`select '${PREFIX}_${OUR_INDEXES[0]}'::regclass::oid::int as oid`);
    const complete = await oid();
    const blocker = await openTransaction(db, `lock table ${QUEUE} in row exclusive mode`);
    let kill: () => void = () => undefined;
    const dying = runCli(
      ["migrate"],
      { DATABASE_URL: db.url },
      { onSpawn: (child) => (kill = () => void child.kill("SIGKILL")) },
    );
    await until(
      db,
      `exists (select from pg_stat_activity where query like 'create index concurrently%'
               and wait_event_type = 'Lock' and datname = current_database())`,
    );

    kill();
    expect((await dying).code).to.equal(137);
    const half = await migrate("status", "--check");
    await blocker.end();
    const { code } = await migrate();

    expect(half.code).to.equal(1);
    expect(code).to.equal(0);
    expect((await migrate("status", "--check")).code).to.equal(0);
    const invalid = await db.query("select indexrelid from pg_index where not indisvalid");
    expect(invalid).to.deep.equal([]);
    const { indexes } = await pictureOfAuth(db);
    expect(indexes.filter((def) => OUR_INDEX.test(def))).to.have.length(OUR_INDEXES.length);
    expect(await oid()).to.deep.equal(complete);
  });

  it("is the same in the sources and in the build", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const source = ["--import", "tsx", "bin/family-hub-jobs.ts", "migrate"];
    const env = { DATABASE_URL: db.url };

    const [status, up] = await Promise.all([
      runProgram(process.execPath, [...source, "status"], env, root),
      runProgram(process.execPath, [...source, "--json"], env, root),
    ]);

    expect(status.code).to.equal(0);
    expect(status.stdout.trim().split("\n")).to.have.length(NAMES.length);
    expect(JSON.parse(up.stdout)).to.deep.equal({ applied: [] });
  });

  it("from before the tool's newest migration is refused with 78 by what needs that", async () => {
    await db.query("delete from family_hub_jobs.migrations where name like '0004%'");

    const { code, stderr } = await runCli(["queue", "list"], { DATABASE_URL: db.url });

    expect(code).to.equal(78);
    expect(stderr).to.include("0004_indexes").and.to.include("family-hub-jobs migrate");
  });
});

describe("the audit of the schema", () => {
  setDatabase(() => emptyDatabase(API_SCHEMAS.script));

  const said = ["--actor", "alice", "--reason", "release 7"];
  const actions = () =>
    db.query<object>(
      `select actor, verb, reason, job_id, before, after
       from family_hub_jobs.operator_actions order by action_id`,
    );

  it("names who migrated and why, and what the database had and has", async () => {
    await migrate(...said);

    expect(await actions()).to.deep.equal([
      {
        ...{ actor: "alice", verb: "migrate", reason: "release 7", job_id: null },
        ...{ before: { applied: [] }, after: { applied: NAMES } },
      },
    ]);
  });

  it("has no line for a migration that had nothing to do, was refused or only looked", async () => {
    await migrate();
    const before = await actions();

    await migrate(...said);
    await migrate("status", "--check");
    await db.query(
      `insert into family_hub_jobs.migrations (name, batch, migration_time)
       values ('0999_from_the_future', 9, now())`,
    );
    const refused = await migrate("rollback", ...said);

    expect(refused.code).to.equal(78);
    expect(await actions()).to.deep.equal(before);
  });

  it("has a line for a rollback that leaves its table, and none can be where it is gone", async () => {
    await migrate();
    // As if the newest one had come with a later release.
    await db.query("update family_hub_jobs.migrations set batch = 2 where name = $1", [
      NAMES.at(-1),
    ]);

    const last = await migrate("rollback", ...said, "--json");
    const [, line, ...more] = await actions();
    const all = await migrate("rollback", "--all", ...said);

    expect(JSON.parse(last.stdout)).to.deep.equal({ rolledBack: NAMES.slice(-1) });
    expect(more).to.deep.equal([]);
    expect(line).to.deep.equal({
      ...{ actor: "alice", verb: "migrate rollback", reason: "release 7", job_id: null },
      ...{ before: { applied: NAMES }, after: { applied: NAMES.slice(0, -1) } },
    });
    expect({ code: all.code, stderr: all.stderr }).to.deep.equal({ code: 0, stderr: TO_APPLY });
  });

  it("is not destroyed by a rollback unasked: 64 without --yes, naming how much would be lost", async () => {
    await migrate();
    const picture = await pictureOfAuth(db);
    await db.query(
      `insert into family_hub_jobs.operator_actions (actor, verb)
       select 'alice', 'cancel' from generate_series(1, 3)`,
    );
    const before = await actions();

    const refused = [await migrate("rollback"), await migrate("rollback", "--all", "--json")];

    for (const { code, stdout, stderr } of refused) {
      expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
      expect(stderr).to.include("3 lines").and.to.include("--yes");
    }
    expect(await actions()).to.deep.equal(before);
    expect(await pictureOfAuth(db)).to.deep.equal(picture);
    expect(await migrate("rollback", "--yes")).to.include({ code: 0, stderr: TO_APPLY });
    expect(await migrate("rollback", "--all", "--yes", "-q")).to.include({ code: 0, stderr: "" });
    expect(await migrate("--json")).to.include({ code: 0, stderr: "" });
  });

  it("is destroyed by a rollback at a terminal only after a yes", async () => {
    await migrate();
    await db.query(
      "insert into family_hub_jobs.operator_actions (actor, verb) values ('alice', 'cancel')",
    );
    const answered = (answer: string) =>
      atTerminal(["migrate", "rollback"], { DATABASE_URL: db.url }, () => Promise.resolve(answer));

    const no = await answered("n");
    const left = await actions();
    const yes = await answered("y");

    expect(no.code).to.equal(1);
    expect(no.stderr).to.include("(1 line)? [y/N]").and.to.include("Nothing was rolled");
    expect(left).to.have.length(2);
    expect(yes.code).to.equal(0);
    expect((await migrate("status", "--check")).code).to.equal(1);
  });

  it("takes no actor that it cannot hold: 64, before anything is migrated", async () => {
    const { code, stdout, stderr } = await migrate("--actor", "a".repeat(256));

    expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
    expect(stderr).to.include("--actor");
    expect((await migrate("status", "--check")).code).to.equal(1);
  });
});

describe("a database migrated by a newer version", () => {
  const scene = setScene("ef");

  setDatabase(() => cloneDatabase("ef"));

  it("is refused with 78 by every command, and nothing is touched", async () => {
    const job = await givenJob(db);
    await db.query(
      `insert into family_hub_jobs.migrations (name, batch, migration_time)
       values ('0999_from_the_future', 9, now())`,
    );
    const rows = await rowsOfAuth(db);
    const commands = [
      ...[["retry-accounts", "--json"], ["purge-invitations"], ["queue", "list"]],
      ...[["purge-jobs"], ["queue", "erase", "--username", job.username, "--yes"]],
      ...[
        ["queue", "show", job.id],
        ["queue", "cancel", job.id],
      ],
      ...[["queue", "requeue", job.id], ["migrate"], ["migrate", "rollback", "--all"]],
    ];
    const run = (args: string[]) => scene.cli(args, { DATABASE_URL: db.url });

    const results = await Promise.all(commands.slice(0, -2).map(run));
    // One by one: while a migration looks, the others yield to it.
    for (const args of commands.slice(-2)) results.push(await run(args));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const command = commands[index]?.join(" ");
      expect({ command, code, stdout }).to.deep.equal({ command, code: 78, stdout: "" });
      expect(stderr).to.include("0999_from_the_future");
    }
    expect(await rowsOfAuth(db)).to.deep.equal(rows);
    expect((await migrate("status")).stdout).to.match(/unknown +0999_from_the_future/);
  });
});

describe("migrate and the other commands", () => {
  const scene = setScene("ef");
  const env = () => ({ DATABASE_URL: scene.db.url });

  it("migrate waits for a run to end, as long as --wait says, then names the holder with 75", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const refused = await runCli(["migrate", "--wait", "0s"], env());
    const context = scene.start(["migrate", "--wait", "20s"]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where application_name like 'fhj schema%'
               and datname = current_database())`,
    );
    await scene.zitadel.control.release("call");

    expect(refused.code).to.equal(75);
    expect(refused.stderr).to.include("fhj retry-accounts");
    expect((await run.ended).code).to.equal(0);
    expect((await context.ended).code).to.equal(0);
  });

  it("runs yield to a migration with 0, and lists wait for it", async () => {
    await givenJob(scene.db);
    await givenPendingIndex(scene.db);
    const blocker = await openTransaction(scene.db, `lock table ${QUEUE} in row exclusive mode`);
    const migrating = scene.start(["migrate"]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where query like '%index concurrently%'
               and wait_event_type = 'Lock' and datname = current_database())`,
    );

    const run = await scene.retry();
    const listing = scene.start(["queue", "list", "-o", "name"]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where application_name like 'fhj read%'
               and datname = current_database())`,
    );
    await blocker.end();

    expect(run.code).to.equal(0);
    expect(run.report).to.include({ outcome: "locked", claimed: 0 });
    expect((await migrating.ended).code).to.equal(0);
    const listed = await listing.ended;
    expect(listed.code).to.equal(0);
    expect(listed.stdout.trim().split("\n")).to.have.length(1);
  });
});
