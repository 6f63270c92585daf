// The lock: one run works, the others yield; losing it stops a run without harm.
import { expect } from "chai";
import pg from "pg";
import { givenRun } from "../support/given-history.ts";
import { useRole } from "../support/given-role.ts";
import { givenJob, readJob } from "../support/given.ts";
import { readRuns } from "../support/rows.ts";
import { parseReport, setScene, type Running, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

/** A run that holds the lock in the middle of its first call, until the pause "call" is released. */
async function givenRunInMidCall(scene: Scene, args: string[] = []): Promise<Running> {
  await scene.zitadel.control.addFault({
    ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
  });
  const run = scene.start(["retry-accounts", "--json", ...args]);
  await scene.zitadel.control.waitForPaused({ name: "call" });
  return run;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe("eight runs started at once on 200 jobs", () => {
  const scene = setScene();

  it("are one that works and seven that yield with 0: 200 accounts", async () => {
    for (let i = 0; i < 200; i += 1) await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    let ended = 0;
    const sevenEnded = deferred();
    const runs = Array.from({ length: 8 }, async () => {
      const { ended: end } = scene.start(["retry-accounts", "--json"]);
      const result = await end;
      ended += 1;
      if (ended === 7) sevenEnded.resolve();
      return result;
    });

    await sevenEnded.promise;
    await scene.zitadel.control.setFaults([]);
    await scene.zitadel.control.release("call");
    const results = await Promise.all(runs);

    expect(results.map(({ code }) => code)).to.deep.equal(Array.from({ length: 8 }, () => 0));
    const reports = results.map(parseReport);
    expect(reports.map(({ outcome }) => outcome).sort()).to.deep.equal([
      "completed",
      ...Array.from({ length: 7 }, () => "locked"),
    ]);
    expect(Math.max(...reports.map(({ created }) => created))).to.equal(200);
    expect(await scene.zitadel.control.listUsers()).to.have.length(200);
    const counts = await scene.db.one<object>(
      `select (select count(distinct external_user_id)::int from auth.users) as users,
              (select count(distinct payload ->> 'jobId')::int from auth.outbox_events) as told,
              (select count(*)::int from auth.outbox_events) as events,
              (select count(*)::int from auth.queued_managed_account_creations
               where status = 'completed') as completed`,
    );
    expect(counts).to.deep.equal({ users: 200, told: 200, events: 200, completed: 200 });
  });
});

describe("a held lock", () => {
  const scene = setScene();

  it("is silent: exit 0 and nothing printed", async () => {
    await givenJob(scene.db);
    const run = await givenRunInMidCall(scene);

    const second = await scene.cli(["retry-accounts"]);
    await scene.zitadel.control.release("call");

    expect(second).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(parseReport(await run.ended)).to.include({ created: 1 });
  });

  it("is exit 75 with --fail-if-locked, naming the holder", async () => {
    await givenJob(scene.db);
    await givenRunInMidCall(scene);

    const { code, report, stderr } = await scene.retry(["--fail-if-locked"]);

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "locked", claimed: 0 });
    const [holder] = await readRuns(scene.db);
    expect(stderr).to.include(holder?.runId);
  });

  it("held for longer than --max-lock-age is exit 75, the holder named on stderr", async () => {
    await givenJob(scene.db);
    await givenRunInMidCall(scene);

    const young = await scene.retry(["--max-lock-age", "1h"]);
    const old = await scene.retry(["--max-lock-age", "1ms"]);

    expect(young.code).to.equal(0);
    expect(young.stderr).to.equal("");
    expect(old.code).to.equal(75);
    expect(old.report.outcome).to.equal("locked");
    const [holder] = await readRuns(scene.db);
    expect(old.stderr).to.include(holder?.runId).and.to.include("--max-lock-age");
  });

  for (const [what, endedAgo, code] of [
    ["hangs: its leases ended two minutes ago", "2 minutes", 75],
    ["may be finishing its last calls: its leases ended just now", "1 second", 0],
  ] as const) {
    it(`whose run ${what}, is exit ${code}, however short it has been held`, async () => {
      await givenJob(scene.db);
      await givenRunInMidCall(scene);
      await scene.db.query(
        `update auth.queued_managed_account_creations
         set lease_expires_at = now() - interval '${endedAgo}'
         where status = 'processing'`,
      );

      const second = await scene.cli(["retry-accounts"]);

      expect(second).to.include({ code, stdout: "" });
      const [holder] = await readRuns(scene.db);
      if (code === 0) expect(second.stderr).to.equal("");
      else
        expect(second.stderr).to.match(
          new RegExp(
            `^family-hub-jobs: retry-accounts locked: the retry-accounts lock is held by ` +
              `fhj retry-accounts ${holder?.runId} for \\d+ s; its leases ended 12\\d s ago: ` +
              "it hangs, or its host is gone. `family-hub-jobs doctor -q` shows .*\n$",
          ),
        );
    });
  }

  it("is waited for with --wait, as long as that says", async () => {
    await givenJob(scene.db);
    const first = await givenRunInMidCall(scene);
    const holders = `select distinct application_name from pg_stat_activity
      where application_name like 'fhj retry-accounts%' and datname = current_database()`;

    const tooShort = await scene.retry(["--wait", "300ms"]);
    const context = scene.start(["retry-accounts", "--json", "--wait", "20s"]);
    await until(scene.db, `(select count(*) = 2 from (${holders}) h)`);
    const late = await givenJob(scene.db);
    await scene.zitadel.control.release("call");

    expect(tooShort.report).to.include({ outcome: "locked" });
    expect(tooShort.report.durationMs).to.be.at.least(300);
    expect(parseReport(await first.ended)).to.include({ outcome: "completed", created: 1 });
    expect(parseReport(await context.ended)).to.include({ outcome: "completed", created: 1 });
    expect((await readJob(scene.db, late.id)).status).to.equal("completed");
  });

  it("is one command's own: listing, requeueing, canceling, adding and purging continue in the meantime", async () => {
    const job = await givenJob(scene.db);
    const failed = await givenJob(scene.db, { status: "failed" });
    const unwanted = await givenJob(scene.db, { status: "failed" });
    await givenRunInMidCall(scene);

    const add = ["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate"];
    const [list, requeue, cancel, added, purge] = await Promise.all([
      scene.cli(["queue", "list", "-o", "name"]),
      scene.cli(["queue", "requeue", failed.id]),
      scene.cli(["queue", "cancel", unwanted.id]),
      scene.cli([...add, "--family", job.familyId, "--created-by", job.familyId]),
      scene.json<{ outcome: string }>(["purge-invitations"]),
    ]);

    expect(list.stdout).to.include(job.id);
    expect([list.code, requeue.code, cancel.code, added.code]).to.deep.equal([0, 0, 0, 0]);
    expect(purge.outcome).to.equal("completed");
  });
});

describe("a lock that is held by another database role", () => {
  const scene = setScene();
  const role = useRole(scene);
  let outsider: pg.Client;

  async function givenHeldBy(lock: number): Promise<void> {
    await scene.db.query(
      `grant usage on schema auth, family_hub_jobs to ${role.name};
       grant select on all tables in schema auth, family_hub_jobs to ${role.name}`,
    );
    outsider = new pg.Client({ connectionString: scene.db.url, application_name: "other program" });
    await outsider.connect();
    await outsider.query(`begin; select pg_advisory_xact_lock(1179142722, ${lock})`);
  }

  afterEach(() => outsider.end());

  for (const [lock, key, command, other] of [
    ["its own", 7, "purge-jobs", "retry-accounts"],
    ["the schema's", 0, "purge-invitations", "purge-invitations"],
  ] as const) {
    it(`is exit 75 for ${command} on ${lock} once no run has begun for --max-lock-age`, async () => {
      await givenRun(scene.db, "now() - interval '2 hours'", command);
      if (other !== command) await givenRun(scene.db, "now()", other);
      await givenHeldBy(key);

      const young = await scene.cli([command, "--max-lock-age", "3h"], role.env);
      const old = await scene.cli([command, "--max-lock-age", "1h"], role.env);

      expect(young).to.deep.equal({ code: 0, stdout: "", stderr: "" });
      expect({ code: old.code, stdout: old.stdout }).to.deep.equal({ code: 75, stdout: "" });
      expect(old.stderr).to.match(
        /the lock is held by "other program", .* while no run has begun for 720\d s, longer than/,
      );
    });
  }

  it("is silent where nothing ever ran, or the ledger may not be read", async () => {
    await givenHeldBy(7);

    const unknown = await scene.cli(["purge-jobs", "--max-lock-age", "1ms"], role.env);
    await givenRun(scene.db, "now() - interval '2 hours'", "purge-jobs");
    await scene.db.query(`revoke select on family_hub_jobs.runs from ${role.name}`);
    const unreadable = await scene.cli(["purge-jobs", "--max-lock-age", "1ms"], role.env);

    for (const result of [unknown, unreadable])
      expect(result).to.deep.equal({ code: 0, stdout: "", stderr: "" });
  });
});

describe("a lock whose keys another application uses", () => {
  const scene = setScene();

  async function givenHeld(key: number): Promise<pg.Client> {
    const other = new pg.Client({ connectionString: scene.db.url, application_name: "billing" });
    await other.connect();
    await other.query(`select pg_advisory_lock(1179142722, ${key})`);
    return other;
  }

  it("is reported by name as not a run, also if nothing ever ran", async () => {
    const other = await givenHeld(1);

    const young = await scene.cli(["retry-accounts"]);
    const old = await scene.cli(["retry-accounts", "--max-lock-age", "1ms"]);
    const doctor = await scene.cli(["doctor", "-q"]);
    await other.end();

    expect(young).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(old.code).to.equal(75);
    expect(old.stderr).to.match(
      /the lock is held by "billing", which is not a run of this tool .* connected for \d+ s, longer than/,
    );
    const told = doctor.stdout.replaceAll(/\s+/g, " ");
    expect(told).to.match(
      /retry-accounts by "billing" \(Postgres backend \d+\) outside a transaction/,
    );
    expect(told).to.include("advisory locks (1179142722, n)");
  });

  it("is reported to operators as well", async () => {
    const other = await givenHeld(3);

    const { code, stderr } = await scene.cli(["queue", "requeue", "--status", "failed", "--yes"]);
    await other.end();

    expect(code).to.equal(75);
    expect(stderr).to.include('held by "billing", which is not a run of this tool');
  });

  it("is another application's if its single key has the same bits", async () => {
    await givenJob(scene.db);
    const other = new pg.Client({ connectionString: scene.db.url });
    await other.connect();
    await other.query(`select pg_advisory_lock(${1179142722n * 2n ** 32n + 1n})`);

    const { report } = await scene.retry();
    await other.end();

    expect(report).to.include({ outcome: "completed", created: 1 });
  });
});

describe("a database that ends long transactions", () => {
  const scene = setScene();

  for (const setting of ["transaction_timeout", "idle_in_transaction_session_timeout"]) {
    it(`leaves a run its lock (${setting})`, async () => {
      const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
      await scene.db.query(`alter database ${name} set ${setting} = '1s'`);
      await givenJob(scene.db);
      const run = await givenRunInMidCall(scene);
      await until(
        scene.db,
        `exists (select from pg_stat_activity
           where datname = current_database() and application_name like 'fhj retry-accounts%'
             and clock_timestamp() - xact_start > interval '1500 ms')`,
      );

      await scene.zitadel.control.release("call");

      expect(parseReport(await run.ended)).to.include({ outcome: "completed", created: 1 });
      await scene.db.query(`alter database ${name} reset ${setting}`);
    });
  }
});

describe("a run that waits in a call", () => {
  const scene = setScene();

  it("holds no snapshot and no transaction ID that would block vacuum", async () => {
    for (let i = 0; i < 4; i += 1) await givenJob(scene.db);
    await givenRunInMidCall(scene, ["--concurrency", "1"]);
    const idle = `application_name like 'fhj%' and datname = current_database()`;
    await until(
      scene.db,
      `not exists (select from pg_stat_activity where ${idle} and state = 'active')`,
    );

    const rows = await scene.db.query<{ xmin: string | null; xid: string | null }>(
      `select backend_xmin as xmin, backend_xid as xid from pg_stat_activity where ${idle}`,
    );

    expect(rows).not.to.deep.equal([]);
    for (const row of rows) expect(row).to.deep.equal({ xmin: null, xid: null });
  });

  it("holds no lock on FamilyHub's tables that would block the API's migrations", async () => {
    for (let i = 0; i < 4; i += 1) await givenJob(scene.db);
    await givenRunInMidCall(scene, ["--concurrency", "1"]);
    const ours = `application_name like 'fhj%' and datname = current_database()`;
    await until(
      scene.db,
      `not exists (select from pg_stat_activity where ${ours} and state = 'active')`,
    );

    const locks = await scene.db.query(
      `select relation::regclass::text as name, mode
       from pg_locks l join pg_stat_activity a using (pid)
       join pg_class c on c.oid = l.relation
       where ${ours} and c.relnamespace = 'auth'::regnamespace`,
    );

    expect(locks).to.deep.equal([]);
  });

  it("notices that its lock is lost: finishes that call, begins no other and exits with 75", async () => {
    const jobs = [];
    for (let i = 0; i < 6; i += 1) jobs.push(await givenJob(scene.db));
    const run = await givenRunInMidCall(scene, ["--concurrency", "1"]);
    const { pid } = await scene.db.one<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and granted and objid = 1
         and database = (select oid from pg_database where datname = current_database())`,
    );
    await scene.db.query("select pg_terminate_backend($1)", [pid]);
    await until(scene.db, "not exists (select from pg_stat_activity where pid = $1)", [pid]);

    await scene.zitadel.control.release("call");
    const result = await run.ended;

    expect(result.code).to.equal(75);
    expect(parseReport(result)).to.include({ outcome: "stopped", created: 1, retried: 0 });
    const rest = await scene.db.one<object>(
      `select count(*)::int as count, max(retry_count) as retries,
              count(claimed_by_run_id)::int as held
       from auth.queued_managed_account_creations where status = 'pending'`,
    );
    expect(rest).to.deep.equal({ count: 5, retries: 0, held: 0 });
    expect((await readRuns(scene.db))[0]).to.include({ outcome: "stopped" });
  });
});
