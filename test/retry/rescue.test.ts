// Jobs of runs that died: found after their lease, worked without harm.
import { once } from "node:events";
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type GivenJob } from "../support/given.ts";
import {
  givenHeld,
  givenUser,
  moment,
  openTransaction,
  readAttempts,
  readEvents,
  readRuns,
  readUsers,
  wholeJob,
  whenLeasesEnd,
} from "../support/rows.ts";
import { parseReport, setScene, type Scene } from "../support/scene.ts";
import { until, untilEachCallIsAnswered } from "../support/wait-until.ts";

async function expectExactlyOne(scene: Scene, job: GivenJob): Promise<void> {
  expect((await readJob(scene.db, job.id)).status).to.equal("completed");
  const accounts = await scene.zitadel.control.listUsers();
  expect(accounts.map(({ userId }) => userId)).to.deep.equal([job.id]);
  expect(await readUsers(scene.db, job.id)).to.have.length(1);
  expect((await readEvents(scene.db)).map(({ type }) => type)).to.deep.equal([
    "ManagedAccountCreatedEvent",
  ]);
}

for (const variant of VARIANTS) {
  describe(`a job in processing on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("is rescued once our lease on it is over, and worked in the same run", async () => {
      const job = await givenJob(scene.db);
      await givenHeld(scene.db, job, "-1 second");

      const { code, report } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ rescued: 1, claimed: 1, created: 1 });
      expect(await readJob(scene.db, job.id)).to.include({ status: "completed", retryCount: 1 });
      const attempts = await readAttempts(scene.db, job.id);
      expect(attempts.map(({ outcome, errorCode }) => [outcome, errorCode])).to.deep.equal([
        ["retried", "interrupted"],
        ["created", null],
      ]);
      await expectExactlyOne(scene, job);
    });

    it("is skipped while a lease of ours lives, however old the row", async () => {
      const job = await givenJob(scene.db, { updatedAt: moment(variant, "-1 day") });
      await givenHeld(scene.db, job, "30 seconds");
      const before = await wholeJob(scene.db, job.id);

      const { report } = await scene.retry();

      expect(report).to.include({ due: 0, rescued: 0, claimed: 0 });
      expect(await wholeJob(scene.db, job.id)).to.deep.equal(before);
    });

    it("without a lease of ours is rescued after RETRY_LEASE from its last change", async () => {
      const fields = { status: "Processing ", updatedAt: moment(variant, "-6 minutes") };
      const dead = await givenJob(scene.db, fields);
      const alive = await givenJob(scene.db, {
        ...fields,
        updatedAt: moment(variant, "-4 minutes"),
      });

      const { report } = await scene.retry();

      expect(report).to.include({ rescued: 1, created: 1 });
      expect((await readJob(scene.db, dead.id)).status).to.equal("completed");
      expect((await readJob(scene.db, alive.id)).status).to.equal("Processing ");
    });
  });
}

describe("RETRY_LEASE", () => {
  const scene = setScene();

  it("says how long a job without a lease of ours is skipped", async () => {
    const fields = { status: "processing", updatedAt: moment("own", "-6 minutes") };
    const job = await givenJob(scene.db, fields);

    const long = await scene.retry([], { RETRY_LEASE: "10m" });
    const short = await scene.retry([], { RETRY_LEASE: "2m" });

    expect(long.report).to.include({ rescued: 0 });
    expect(short.report).to.include({ rescued: 1 });
    await expectExactlyOne(scene, job);
  });
});

describe("a rescued job with all retries spent", () => {
  const scene = setScene();

  it("is adopted where Zitadel has its account", async () => {
    const job = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, job, "-1 second");
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ rescued: 1, adopted: 1, created: 0, failed: 0 });
    expect(await readJob(scene.db, job.id)).to.include({
      ...{ retryCount: 5, encryptedPassword: "", leased: false },
    });
    await expectExactlyOne(scene, job);
  });

  it("fails as interrupted where Zitadel has none, and none is made", async () => {
    const job = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, job, "-1 second");

    const { report } = await scene.retry();

    expect(report).to.include({ rescued: 1, failed: 1, created: 0 });
    expect(await readJob(scene.db, job.id)).to.include({
      ...{ status: "failed", retryCount: 5, waitS: null },
      ...{ lastErrorCode: "interrupted", leased: false },
    });
    const [event, ...more] = await readEvents(scene.db);
    expect(event?.payload).to.include({ jobId: job.id, errorCode: "interrupted" });
    expect(more).to.deep.equal([]);
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
  });

  it("whose name a user of FamilyHub took since fails as username_taken", async () => {
    const job = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, job, "-1 second");
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });
    await givenUser(scene.db, { username: job.username });

    const { report } = await scene.retry();

    expect(report).to.include({ failed: 1, adopted: 0 });
    expect(await readJob(scene.db, job.id)).to.include({
      ...{ status: "failed", lastErrorCode: "username_taken", retryCount: 5 },
    });
    expect(await readUsers(scene.db, job.id)).to.deep.equal([]);
  });

  it("is not judged while Zitadel cannot tell", async () => {
    const job = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, job, "-1 second");
    const fault = { method: "GetUserByID", kind: "grpc", code: 13, skip: 1 } as const;
    await scene.zitadel.control.addFault(fault);

    await scene.retry();
    await scene.zitadel.control.setFaults([]);
    await whenLeasesEnd(scene.db);
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });
    const { report } = await scene.retry();

    expect(report).to.include({ adopted: 1 });
    await expectExactlyOne(scene, job);
  });

  for (const [count, code, outcome] of [
    [2, 0, "completed"],
    [7, 69, "unavailable"],
  ] as const) {
    it(`is deferred while Zitadel does not answer: ${count} of them end the run with ${code}`, async () => {
      const ids: string[] = [];
      for (let i = 0; i < count; i += 1) {
        const job = await givenJob(scene.db, { retryCount: 5 });
        await givenHeld(scene.db, job, "-1 second");
        ids.push(job.id);
      }
      const fault = { method: "GetUserByID", kind: "grpc", code: 13, skip: 1 } as const;
      await scene.zitadel.control.addFault(fault);

      const run = await scene.retry(["--concurrency", "1"]);

      expect(run.code).to.equal(code);
      expect(run.report).to.include({
        ...{ outcome, rescued: count, claimed: count, deferred: count },
        ...{ created: 0, adopted: 0, retried: 0, failed: 0 },
      });
      for (const id of ids) {
        expect(await readJob(scene.db, id)).to.include({ status: "processing", retryCount: 5 });
        expect(await readAttempts(scene.db, id)).to.deep.equal([]);
      }
    });
  }
});

describe("a run killed in the middle", () => {
  const scene = setScene();

  for (const at of ["before", "after"] as const) {
    it(`of a call, ${at} Zitadel created the account: the next run makes exactly one`, async () => {
      const job = await givenJob(scene.db);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "call", at, times: 1 },
      });
      const run = scene.start(["retry-accounts"]);
      await scene.zitadel.control.waitForPaused({ name: "call" });

      run.kill("SIGKILL");
      expect((await run.ended).code).to.equal(137);
      const tooEarly = await scene.retry(["--wait", "10s"]);
      await whenLeasesEnd(scene.db);
      const { code, report } = await scene.retry(["--wait", "10s"]);
      // The dead run's call continues in Zitadel, late.
      await scene.zitadel.control.release("call");
      await untilEachCallIsAnswered(scene.zitadel);

      expect(tooEarly.report).to.include({ rescued: 0, claimed: 0 });
      expect(code).to.equal(0);
      expect(report).to.include({ rescued: 1, [at === "before" ? "created" : "adopted"]: 1 });
      expect(await readJob(scene.db, job.id)).to.include({ retryCount: 1 });
      await expectExactlyOne(scene, job);
    });
  }

  it("of settling: the next run leaves exactly one", async () => {
    const job = await givenJob(scene.db);
    const blocker = await openTransaction(
      scene.db,
      "lock table auth.outbox_events in access exclusive mode",
    );
    const run = scene.start(["retry-accounts"]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where wait_event_type = 'Lock'
               and application_name like 'fhj%' and datname = current_database())`,
    );

    run.kill("SIGKILL");
    await run.ended;
    await blocker.end();
    await until(
      scene.db,
      `not exists (select from pg_stat_activity
                   where application_name like 'fhj%' and datname = current_database())`,
    );
    await whenLeasesEnd(scene.db);
    const { code } = await scene.retry();

    expect(code).to.equal(0);
    await expectExactlyOne(scene, job);
  });

  it("leaves a line without an end in the ledger", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    run.kill("SIGKILL");
    await run.ended;

    const [line, ...more] = await readRuns(scene.db);
    expect(line).to.include({ pid: run.process.pid, outcome: null, finishedAt: null });
    expect(more).to.deep.equal([]);
  });
});

describe("a signal in mid-run", () => {
  const scene = setScene();
  const held = { method: "CreateUser", kind: "pause", name: "call", at: "before" } as const;

  for (const [signal, exit] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`lets ${signal} finish what is in flight, releases the rest and exits with ${exit}`, async () => {
      for (let i = 0; i < 8; i += 1) await givenJob(scene.db);
      await scene.zitadel.control.addFault({ ...held, times: 2 });
      const run = scene.start(["retry-accounts", "--concurrency", "2", "--json"]);
      await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });

      const noticed = once(run.process.stderr ?? run.process, "data");
      run.kill(signal);
      await noticed;
      await scene.zitadel.control.release("call");
      const result = await run.ended;

      expect(result.code).to.equal(exit);
      expect(parseReport(result)).to.include({
        ...{ outcome: "interrupted", reason: signal, created: 2, retried: 0, failed: 0 },
      });
      const rows = await scene.db.query<{ status: string; retry_count: number; held: boolean }>(
        `select status, retry_count, next_retry_at is null or claimed_by_run_id is not null as held
         from auth.queued_managed_account_creations where status <> 'completed'`,
      );
      expect(rows).to.have.length(6);
      for (const row of rows) {
        expect(row).to.deep.equal({ status: "pending", retry_count: 0, held: false });
      }
      expect((await readRuns(scene.db))[0]).to.include({ outcome: "interrupted", reason: signal });
      const next = await scene.retry();
      expect(next.report).to.include({ created: 6 });
      expect(await scene.zitadel.control.listUsers()).to.have.length(8);
    });
  }

  it("quits at once when it is the second, and the next run makes up for it", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ ...held, times: 1 });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    run.kill("SIGTERM");
    run.kill("SIGINT");
    const { code } = await run.ended;

    expect(code).to.be.oneOf([130, 143]);
    expect((await readJob(scene.db, job.id)).status).to.equal("processing");
    await whenLeasesEnd(scene.db);
    await scene.retry(["--wait", "10s"]);
    await expectExactlyOne(scene, job);
  });
});

describe("the lease of a live run", () => {
  const scene = setScene();

  it("is renewed for as long as its call takes", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const settings = { RETRY_LEASE: "8s", ZITADEL_TIMEOUT: "7900ms" };
    const run = scene.start(["retry-accounts", "--json"], settings);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    const lease = await scene.db.one<{ ends: Date }>(
      "select lease_expires_at as ends from auth.queued_managed_account_creations",
    );

    await until(
      scene.db,
      `(select lease_expires_at > $1::timestamptz + interval '500 ms'
        from auth.queued_managed_account_creations)`,
      [lease.ends],
    );
    await scene.zitadel.control.release("call");
    await run.ended;

    await expectExactlyOne(scene, job);
  });
});
