// What each flag of retry-accounts changes about a run.
import { expect } from "chai";
import { givenJob, readJob, type GivenJob, type JobFields } from "../support/given.ts";
import { everything, givenHeld, moment, readEvents, readRuns, wholeJob } from "../support/rows.ts";
import { parseReport, setScene, type Scene } from "../support/scene.ts";

async function givenJobs(scene: Scene, count: number, fields: JobFields = {}): Promise<GivenJob[]> {
  const jobs: GivenJob[] = [];
  for (let i = 0; i < count; i += 1) jobs.push(await givenJob(scene.db, fields));
  return jobs;
}

async function statuses(scene: Scene): Promise<Record<string, number>> {
  const rows = await scene.db.query<{ status: string; count: number }>(
    `select status, count(*)::int as count from auth.queued_managed_account_creations group by 1`,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

describe("retry-accounts --limit", () => {
  const scene = setScene();

  it("claims at most that many, those due first, and does not touch the rest", async () => {
    const late = await givenJobs(scene, 3);
    const first = await givenJobs(scene, 2, { nextRetryAt: moment("own", "-1 hour") });
    const before = await Promise.all(late.map(({ id }) => wholeJob(scene.db, id)));

    const { code, report } = await scene.retry(["--limit", "2"]);

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", due: 5, claimed: 2, created: 2 });
    for (const { id } of first) expect((await readJob(scene.db, id)).status).to.equal("completed");
    expect(await Promise.all(late.map(({ id }) => wholeJob(scene.db, id)))).to.deep.equal(before);
  });

  it("counts the jobs of dead runs that have no retry left", async () => {
    for (const job of await givenJobs(scene, 3, { retryCount: 5 })) {
      await givenHeld(scene.db, job, "-1 second");
    }
    await givenJobs(scene, 2);

    const { report } = await scene.retry(["--limit", "2"]);

    expect(report.claimed).to.be.at.most(2);
  });
});

describe("retry-accounts --concurrency", () => {
  const scene = setScene();

  /** That number of calls come while none is answered, and never more. */
  async function expectAtOnce(count: number, args: string[], env = {}): Promise<void> {
    const { control } = scene.zitadel;
    await givenJobs(scene, 9);
    await control.addFault({ method: "CreateUser", kind: "pause", name: "call", at: "before" });
    const run = scene.retry(args, env);

    await control.waitForPaused({ name: "call", count });
    await control.setFaults([]);
    await control.changeSettings({ latencyMs: 40 });
    await control.release("call");
    await run;

    expect((await control.counters()).maxConcurrentCreates).to.equal(count);
  }

  it("keeps that many calls in flight, and no more", async () => {
    await expectAtOnce(3, ["--concurrency", "3"]);
  });

  it("comes from RETRY_CONCURRENCY when it is not given", async () => {
    await expectAtOnce(2, [], { RETRY_CONCURRENCY: "2" });
  });

  it("wins over RETRY_CONCURRENCY", async () => {
    await expectAtOnce(4, ["--concurrency", "4"], { RETRY_CONCURRENCY: "2" });
  });
});

describe("retry-accounts --max-duration", () => {
  const scene = setScene();
  const slow = { method: "CreateUser", kind: "delay", ms: 5500, at: "before", times: 1 } as const;
  const flags = ["--concurrency", "1", "--max-duration", "5s"];

  it("begins no job after that time: exit 75, the rest untouched for the next run", async () => {
    await givenJobs(scene, 4);
    await scene.zitadel.control.addFault(slow);

    const { code, report } = await scene.retry(flags);

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "stopped", created: 1, retried: 0, failed: 0 });
    const { left } = await scene.db.one<{ left: number }>(
      `select count(*)::int as left from auth.queued_managed_account_creations
       where status = 'pending' and retry_count = 0 and next_retry_at <= now()
         and claimed_by_run_id is null`,
    );
    expect(left).to.equal(3);
    expect((await scene.retry()).report).to.include({ created: 3 });
  });

  it("is not an early stop if the last job had begun by then", async () => {
    await givenJobs(scene, 1);
    await scene.zitadel.control.addFault(slow);

    const { code, report } = await scene.retry(flags);

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", created: 1 });
  });
});

describe("retry-accounts --shard", () => {
  const scene = setScene();

  it("splits the queue: 1/2 and 2/2 process every job exactly once", async () => {
    const jobs = await givenJobs(scene, 16);

    const first = await scene.retry(["--shard", "1/2"]);
    const second = await scene.retry(["--shard", "2/2"]);

    expect(first.report.created).to.be.above(0).and.below(jobs.length);
    expect(first.report.created + second.report.created).to.equal(jobs.length);
    expect(first.report.due + second.report.due).to.equal(jobs.length);
    expect(await statuses(scene)).to.deep.equal({ completed: 16 });
    const created = (await scene.zitadel.control.counters()).requests.CreateUser;
    expect(created).to.equal(16);
    expect(await readEvents(scene.db)).to.have.length(16);
  });

  it("has its own lock: one shard does not wait for another", async () => {
    await givenJobs(scene, 16);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const first = scene.start(["retry-accounts", "--shard", "1/2", "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const second = await scene.retry(["--shard", "2/2"]);
    const same = await scene.retry(["--shard", "1/2"]);
    await scene.zitadel.control.release("call");

    expect(second.report.outcome).to.equal("completed");
    expect(same.report.outcome).to.equal("locked");
    expect(parseReport(await first.ended).outcome).to.equal("completed");
    expect(await statuses(scene)).to.deep.equal({ completed: 16 });
  });

  it("is i/n with i from 1 to n, and nothing else", async () => {
    const texts = ["0/2", "3/2", "2", "1/2/3"];

    const results = await Promise.all(
      texts.map((text) => scene.cli(["retry-accounts", "--shard", text])),
    );

    for (const { code, stdout, stderr } of results) {
      expect(code).to.equal(64);
      expect(stdout).to.equal("");
      expect(stderr).to.include("--shard");
    }
  });
});

describe("retry-accounts --job", () => {
  const scene = setScene();

  it("works only that job, also before its time has come", async () => {
    const job = await givenJob(scene.db, { nextRetryAt: moment("own", "1 hour"), retryCount: 2 });
    const other = await givenJob(scene.db);
    const before = await wholeJob(scene.db, other.id);

    const { code, report } = await scene.retry(["--job", job.id.toUpperCase()]);

    expect(code).to.equal(0);
    expect(report).to.include({ claimed: 1, created: 1 });
    expect(await readJob(scene.db, job.id)).to.include({ status: "completed", retryCount: 2 });
    expect(await wholeJob(scene.db, other.id)).to.deep.equal(before);
  });

  it("yields with 0 to a run that holds the lock, like all other runs", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const first = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const second = await scene.cli(["retry-accounts", "--job", job.id]);
    await scene.zitadel.control.release("call");

    expect(second).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect((await first.ended).code).to.equal(0);
  });

  it("leaves the jobs of dead runs to others", async () => {
    const job = await givenJob(scene.db);
    const dead = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, dead, "-1 second");
    const before = await wholeJob(scene.db, dead.id);

    await scene.retry(["--job", job.id]);

    expect(await wholeJob(scene.db, dead.id)).to.deep.equal(before);
  });

  const notWaiting: Record<string, (db: Scene["db"]) => Promise<string>> = {
    unknown: async () => "00000000-0000-4000-8000-000000000000",
    completed: async (db) => (await givenJob(db, { status: "completed" })).id,
    "failed permanently": async (db) => (await givenJob(db, { status: "failed" })).id,
    "held by a live run": async (db) => (await givenJob(db, { status: "processing" })).id,
  };
  for (const [title, given] of Object.entries(notWaiting)) {
    it(`ends with 1 where the job is ${title}, and changes nothing`, async () => {
      const id = await given(scene.db);
      // What is remembered of Zitadel's answers is no change of anybody's.
      const jobs = async () => ({ ...(await everything(scene.db)), breaker: null });
      const before = await jobs();

      const { code, stderr } = await scene.cli(["retry-accounts", "--job", id]);

      expect(code).to.equal(1);
      expect(stderr).to.include(id);
      expect(await jobs()).to.deep.equal(before);
      const runs = await readRuns(scene.db);
      expect(runs.filter(({ finishedAt }) => finishedAt === null)).to.deep.equal([]);
    });
  }
});

describe("retry-accounts --dry-run", () => {
  const scene = setScene();

  it("says what is due, changes nothing and asks Zitadel nothing", async () => {
    await givenJobs(scene, 3);
    await givenHeld(scene.db, await givenJob(scene.db), "-1 second");
    const before = await everything(scene.db);

    const { code, report } = await scene.retry(["--dry-run"]);

    expect(code).to.equal(0);
    expect(report).to.include({ due: 3, claimed: 0, rescued: 0, created: 0 });
    expect(await everything(scene.db)).to.deep.equal(before);
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });

  it("shows people how many are due", async () => {
    await givenJobs(scene, 3);

    const { stdout } = await scene.cli(["retry-accounts", "--dry-run"]);

    expect(stdout).to.match(/\bdue 3\b/);
  });
});

describe("retry-accounts --strict", () => {
  const scene = setScene();

  it("ends with 1 when a job failed permanently in this run", async () => {
    await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { code, report } = await scene.retry(["--strict"]);

    expect(code).to.equal(1);
    expect(report).to.include({ outcome: "completed", failed: 1 });
  });

  it("ends with 0 when none did, whatever failed before", async () => {
    await givenJob(scene.db, { status: "failed" });
    await givenJob(scene.db);

    expect((await scene.retry(["--strict"])).code).to.equal(0);
  });

  it("ends with 0 when a job is only to be retried", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 13 });

    const { code, report } = await scene.retry(["--strict"]);

    expect(code).to.equal(0);
    expect(report).to.include({ retried: 1 });
  });
});
