// Zitadel slow, down, refusing or asking for silence: what a run charges, and to whom.
import { expect } from "chai";
import { givenJob, readJob, type GivenJob } from "../support/given.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { everything, readAttempts, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const OVERLOADED = { method: "CreateUser", kind: "grpc", code: 13 } as const;

async function givenJobs(scene: Scene, count: number): Promise<GivenJob[]> {
  const jobs: GivenJob[] = [];
  for (let i = 0; i < count; i += 1) jobs.push(await givenJob(scene.db));
  return jobs;
}

/** How many jobs have which status and retry_count, none of them held. */
async function tally(scene: Scene): Promise<Record<string, number>> {
  const rows = await scene.db.query<{ state: string; count: number }>(
    `select status || ' ' || retry_count as state, count(*)::int as count
     from auth.queued_managed_account_creations
     where claimed_by_run_id is null and lease_expires_at is null
     group by 1`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

async function creations(scene: Scene): Promise<number> {
  return (await scene.zitadel.control.counters()).requests.CreateUser;
}

describe("a rate limit", () => {
  const scene = setScene();
  const limited = {
    method: "CreateUser",
    kind: "http",
    status: 429,
    retryAfter: 120,
    times: 1,
  } as const;

  it("stops the run with 75 and postpones the job by Retry-After, using up no retry", async () => {
    const job = await givenJob(scene.db, { retryCount: 2 });
    await scene.zitadel.control.addFault(limited);

    const { code, report, stderr } = await scene.retry();

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "stopped", deferred: 1, retried: 0, failed: 0 });
    expect(report.reason).to.match(/429/);
    expect(stderr).to.include("stopped");
    const row = await readJob(scene.db, job.id);
    expect(row).to.include({ status: "pending", retryCount: 2, lastErrorCode: null });
    expect(row.waitS).to.be.at.least(119).and.at.most(121);
    expect(await readEvents(scene.db)).to.deep.equal([]);
  });

  it("keeps the following runs silent until the pause is over", async () => {
    const jobs = await givenJobs(scene, 3);
    await scene.zitadel.control.addFault(limited);
    await scene.retry(["--concurrency", "1"]);
    const callsBefore = await scene.zitadel.control.calls();
    const before = await everything(scene.db);

    const { code, report } = await scene.retry();

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "stopped", due: 2, claimed: 0 });
    expect(await scene.zitadel.control.calls()).to.have.length(callsBefore.length);
    expect(await everything(scene.db)).to.deep.equal(before);

    await scene.db.query("update family_hub_jobs.breaker set paused_until = now()");
    await scene.db.query("update auth.queued_managed_account_creations set next_retry_at = now()");
    const after = await scene.retry();
    expect(after.report).to.include({ outcome: "completed", created: jobs.length });
    const { paused } = await scene.db.one<{ paused: boolean }>(
      "select coalesce(paused_until > now(), false) as paused from family_hub_jobs.breaker",
    );
    expect(paused).to.equal(false);
  });

  it("met at the token endpoint stops the run before any job is claimed", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({ ...limited, method: "token" });
    const { jobs } = await everything(scene.db);

    const { code, report } = await scene.retry();

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "stopped", claimed: 0 });
    expect(await everything(scene.db)).to.deep.include({ jobs });
  });

  it("met at the token endpoint stops the calls of the following runs, too", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({ ...limited, method: "token" });
    await scene.retry();
    const callsBefore = await scene.zitadel.control.calls();

    const { code } = await scene.retry();

    expect(code).to.equal(75);
    expect(await scene.zitadel.control.calls()).to.have.length(callsBefore.length);
  });

  it("because of a used-up quota, without a Retry-After, uses up no retry either", async () => {
    await givenJobs(scene, 2);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "quota-exhausted" });

    const { code } = await scene.retry();

    expect(code).to.equal(75);
    expect(await tally(scene)).to.deep.equal({ "pending 0": 2 });
  });
});

describe("refused credentials", () => {
  const scene = setScene();

  it("end the run with 77 before any job is touched", async () => {
    await givenJobs(scene, 2);
    await scene.zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false });
    const before = await everything(scene.db);

    const { code, report, stderr } = await scene.retry();

    expect(code).to.equal(77);
    expect(report).to.include({ outcome: "refused", due: 2, claimed: 0 });
    expect(stderr).to.include("key");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("that Zitadel v4 cannot verify end it with 69, and open no breaker: nothing says that it is down", async () => {
    await givenJobs(scene, 2);
    await scene.zitadel.control.changeSettings({ serviceKeyValid: false });
    const before = await everything(scene.db);

    const { code, report, stderr } = await scene.retry();

    const breaker = await scene.db.one("select opened_at from family_hub_jobs.breaker");
    expect(code).to.equal(69);
    expect(report).to.include({ outcome: "unavailable", due: 2, claimed: 0 });
    expect(stderr).to.include(`key ${scene.zitadel.serviceKey.keyId}`);
    expect(breaker).to.deep.equal({ opened_at: null });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("that Zitadel v4 can no longer verify are reported as having logged in before, also by doctor", async () => {
    const { control, serviceKey } = scene.zitadel;
    await givenJobs(scene, 1);
    await scene.retry();
    await givenJobs(scene, 1);
    await control.changeSettings({ serviceKeyValid: false });

    const { stderr } = await scene.retry();
    const doctor = await scene.cli(["doctor"]);

    const said = `key ${serviceKey.keyId} of the service account, which last logged in about`;
    expect(stderr).to.include(said);
    expect(doctor.stdout.replace(/\s+/g, " ")).to.include(said);
  });

  it("that Zitadel can no longer verify during a run use up no retry, and open no breaker", async () => {
    const { control } = scene.zitadel;
    await givenJobs(scene, 3);
    await control.addFault({ method: "CreateUser", kind: "pause", name: "p", at: "before" });
    const run = scene.start(["retry-accounts"], { RETRY_CONCURRENCY: "1" });
    await control.waitForPaused({ name: "p" });
    await control.revokeTokens({ alsoPat: false });
    await control.changeSettings({ serviceKeyValid: false });
    await control.setFaults([]);
    await control.release("p");

    const { code } = await run.ended;

    const breaker = await scene.db.one("select opened_at from family_hub_jobs.breaker");
    expect(code).to.equal(69);
    expect(breaker).to.deep.equal({ opened_at: null });
    expect(await tally(scene)).to.deep.equal({ "pending 0": 3 });
  });

  it("that are good do not help an inactive organization: the run ends with 77 before any job is touched", async () => {
    await givenJobs(scene, 2);
    const { control, orgId } = scene.zitadel;
    await control.changeOrg({ orgId, state: "inactive" });
    const before = await everything(scene.db);

    const { code, report, stderr } = await scene.retry();
    const { requests } = await control.counters();

    expect(code).to.equal(77);
    expect(report).to.include({ outcome: "refused", due: 2, claimed: 0 });
    expect(stderr).to.include(`organization ${orgId} is inactive`);
    expect(requests).to.include({ GetMyOrg: 1, CreateUser: 0 });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  for (const role of ["read-only", "no-membership"] as const) {
    it(`of a service account with the role ${role} use up no retry`, async () => {
      await givenJobs(scene, 3);
      await scene.zitadel.control.changeSettings({ serviceAccountRole: role });

      const { code, report } = await scene.retry();

      expect(code).to.equal(77);
      expect(report).to.include({ outcome: "refused", retried: 0, failed: 0 });
      expect(await tally(scene)).to.deep.equal({ "pending 0": 3 });
      expect(await readEvents(scene.db)).to.deep.equal([]);
    });
  }

  it("in a token that is revoked in mid-run are renewed once, and no job notices", async () => {
    await givenJobs(scene, 2);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "grpc", code: 16, id: "AUTH-7fs1e", times: 1 },
    });

    const { code, report } = await scene.retry(["--concurrency", "1"]);

    expect(code).to.equal(0);
    expect(report).to.include({ created: 2, retried: 0 });
    expect((await scene.zitadel.control.counters()).requests.token).to.equal(2);
  });

  it("of credentials that were accepted earlier in the run mean a failing database: 69, and no breaker", async () => {
    await givenJobs(scene, 3);
    const byToken = { ZITADEL_TOKEN: scene.zitadel.pat, ZITADEL_ORG_ID: scene.zitadel.orgId };
    const withToken = { ...byToken, ZITADEL_KEY: undefined };
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "unauthenticated-db" });

    const runs = [await scene.retry(), await scene.retry([], withToken)];
    await scene.zitadel.control.revokeTokens({ alsoPat: true });
    const dead = await scene.retry([], withToken);

    for (const { code, report } of runs) {
      expect(code).to.equal(69);
      expect(report).to.include({ outcome: "unavailable", retried: 0, failed: 0 });
      expect(report.reason).to.match(/accepted it earlier in this run.*AUTH-7fs1e/);
    }
    expect(dead.code).to.equal(77);
    expect(await tally(scene)).to.deep.equal({ "pending 0": 3 });
    const { breaker } = await everything(scene.db);
    expect(JSON.stringify(breaker)).to.match(/"opened_at":null/);
  });
});

describe("Zitadel down", () => {
  const scene = setScene();

  it("before the run starts ends it with 69, opens the breaker, and touches no job", async () => {
    await givenJobs(scene, 2);
    await scene.zitadel.control.setDown(true);
    const { breaker: _, ...before } = await everything(scene.db);

    const { code, report, stderr } = await scene.retry();

    expect(code).to.equal(69);
    expect(report).to.include({ outcome: "unavailable", due: 2, claimed: 0 });
    expect(stderr).to.include(scene.zitadel.url);
    const { breaker, ...after } = await everything(scene.db);
    expect(after).to.deep.equal(before);
    expect(JSON.stringify(breaker)).to.match(/"opened_at":"20/);
  });

  it("during a run uses up a retry only of the calls in flight", async () => {
    await givenJobs(scene, 8);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const run = scene.start(["retry-accounts", "--concurrency", "2", "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });

    await scene.zitadel.control.setDown(true);
    const { code, stdout } = await run.ended;

    expect(code).to.equal(69);
    expect(JSON.parse(stdout)).to.include({ outcome: "unavailable", retried: 2, failed: 0 });
    expect(await tally(scene)).to.deep.equal({ "pending 0": 6, "pending 1": 2 });
  });
});

describe("the breaker", () => {
  const scene = setScene();

  async function breakerIsOpen(): Promise<boolean> {
    const { open } = await scene.db.one<{ open: boolean }>(
      "select opened_at is not null as open from family_hub_jobs.breaker",
    );
    return open;
  }

  async function whenAllAreDue(): Promise<void> {
    await scene.db.query("update auth.queued_managed_account_creations set next_retry_at = now()");
  }

  it("stops the run with 69 after five upstream faults in a row; the rest keep their retries", async () => {
    await givenJobs(scene, 9);
    await scene.zitadel.control.addFault(OVERLOADED);

    const { code, report } = await scene.retry(["--concurrency", "1"]);

    expect(code).to.equal(69);
    expect(report).to.include({ outcome: "unavailable", retried: 5, failed: 0 });
    expect(await tally(scene)).to.deep.equal({ "pending 0": 4, "pending 1": 5 });
    expect(await creations(scene)).to.equal(5);
    expect(await breakerIsOpen()).to.equal(true);
  });

  it("counts only faults in a row: a success starts the count again", async () => {
    await givenJobs(scene, 9);
    await scene.zitadel.control.setFaults([
      { ...OVERLOADED, times: 4 },
      { ...OVERLOADED, skip: 1, times: 4 },
    ]);

    const { code, report } = await scene.retry(["--concurrency", "1"]);

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", created: 1, retried: 8 });
    expect(await breakerIsOpen()).to.equal(false);
  });

  describe("found open", () => {
    beforeEach(async () => {
      await givenJobs(scene, 12);
      await scene.zitadel.control.addFault(OVERLOADED);
      await scene.retry(["--concurrency", "1"]);
      await scene.zitadel.control.setFaults([]);
      await whenAllAreDue();
    });

    it("lets one call that uses up no retry go first, then one job, then more and more", async () => {
      await scene.zitadel.control.changeSettings({ latencyMs: 60 });
      const before = (await scene.zitadel.control.calls()).length;

      const { code, report } = await scene.retry(["--concurrency", "4"]);

      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "completed", created: 12 });
      const calls = (await scene.zitadel.control.calls()).slice(before);
      const started = calls.filter(({ method }) => method === "CreateUser");
      const probe = calls.findIndex(({ outcome }) => outcome?.includes("QUERY-Dfbg2"));
      expect(probe).to.be.at.least(0);
      expect(probe).to.be.below(calls.findIndex(({ method }) => method === "CreateUser"));
      const [first = 0, second = 0] = started.map(({ at }) => at);
      expect(second - first).to.be.at.least(55);
      const most = (await scene.zitadel.control.counters()).maxConcurrentCreates;
      expect(most).to.be.above(1).and.at.most(4);
      expect(await breakerIsOpen()).to.equal(false);
    });

    it("uses up no retry while the probe fails", async () => {
      await scene.zitadel.control.addFault({
        method: "GetUserByID",
        kind: "grpc",
        code: 13,
        skip: 1,
      });
      const before = await tally(scene);
      const created = await creations(scene);

      const { code, report } = await scene.retry();

      expect(code).to.equal(69);
      expect(report).to.include({ outcome: "unavailable", claimed: 0 });
      expect(await tally(scene)).to.deep.equal(before);
      expect(await creations(scene)).to.equal(created);
      expect(await breakerIsOpen()).to.equal(true);
    });

    it("uses up no retry when the first job meets the same fault, and tries another one", async () => {
      await scene.zitadel.control.addFault(OVERLOADED);
      const created = await creations(scene);
      const before = await tally(scene);

      const first = await scene.retry();
      const second = await scene.retry();

      expect([first.code, second.code]).to.deep.equal([69, 69]);
      for (const { report } of [first, second]) {
        expect(report).to.include({ outcome: "unavailable", retried: 0 });
      }
      expect(await creations(scene)).to.equal(created + 2);
      expect(await tally(scene)).to.deep.equal(before);
      const tried = await scene.db.query(
        "select distinct job_id from family_hub_jobs.attempts where outcome = 'deferred'",
      );
      expect(tried).to.have.lengthOf(2);
      expect(await breakerIsOpen()).to.equal(true);
    });

    it("claims no more jobs than it may soon try, while it tries a single one", async () => {
      await givenDueJobs(scene.db, 30);
      await scene.zitadel.control.addFault(OVERLOADED);

      const { report } = await scene.retry();

      expect(report).to.include({ outcome: "unavailable", due: 42, claimed: 20 });
    });

    it("continues past a job that fails a second time, and closes at a good answer", async () => {
      const [poison] = await scene.db.query<{ username: string; id: string }>(
        `select id, username from auth.queued_managed_account_creations order by id limit 1`,
      );
      await scene.zitadel.control.addFault({
        ...OVERLOADED,
        match: { username: poison?.username ?? "" },
      });
      await scene.retry(["--job", poison?.id ?? ""]);
      await whenAllAreDue();

      const { code, report } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "completed", created: 11, retried: 1, deferred: 0 });
      expect(await breakerIsOpen()).to.equal(false);
    });

    it("uses up a retry of a job that meets the fault a second time: it may be the cause", async () => {
      await scene.zitadel.control.addFault(OVERLOADED);
      const [job] = await scene.db.query<{ id: string }>(
        "select id from auth.queued_managed_account_creations limit 1",
      );
      const alone = ["--job", job?.id ?? ""];

      const first = await scene.retry(alone);
      const second = await scene.retry(alone);

      expect(first.report).to.include({ retried: 0, deferred: 1 });
      expect(second.report).to.include({ retried: 1, deferred: 0 });
    });
  });
});

describe("a queue in which every other of 40 jobs meets INTERNAL, found after an outage", () => {
  const scene = setScene();

  it("is drained of its 20 good jobs within six runs, a minute apart", async () => {
    for (let i = 0; i < 40; i += 1) {
      const username = `kid_${i}`;
      await givenJob(scene.db, { username, nextRetryAt: `now() - interval '${40 - i} seconds'` });
      if (i % 2 === 1) await scene.zitadel.control.addFault({ ...OVERLOADED, match: { username } });
    }

    await scene.db.query("update family_hub_jobs.breaker set opened_at = now()");

    let created = 0;
    for (let run = 0; run < 6; run += 1) {
      created += (await scene.retry()).report.created;
      await scene.db.query(
        `update auth.queued_managed_account_creations
         set next_retry_at = next_retry_at - interval '1 minute'`,
      );
    }

    expect(created).to.equal(20);
  });
});

describe("an upstream fault", () => {
  const scene = setScene();

  it("is recorded with its code and Zitadel's error id", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ ...OVERLOADED, id: "SQL-KyeAx", times: 1 });

    await scene.retry();

    expect(await readAttempts(scene.db, job.id)).to.deep.equal([
      {
        ...{ outcome: "retried", retryCount: 1, errorCode: "internal" },
        ...{ grpcCode: 13, zitadelErrorId: "SQL-KyeAx" },
      },
    ]);
    expect((await readJob(scene.db, job.id)).waitS).to.equal(60);
  });

  it("after a call that hangs past ZITADEL_TIMEOUT is a timeout", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "hang" });

    await scene.retry([], { ZITADEL_TIMEOUT: "3s" });

    expect(await readJob(scene.db, job.id)).to.include({
      ...{ status: "pending", retryCount: 1, lastErrorCode: "timeout" },
    });
  });

  it("follows RETRY_DELAYS: as many retries as delays", async () => {
    const job = await givenJob(scene.db, { retryCount: 1 });
    await scene.zitadel.control.addFault(OVERLOADED);
    const env = { RETRY_DELAYS: "10s,20s" };

    await scene.retry([], env);
    const first = await readJob(scene.db, job.id);
    await scene.retry(["--job", job.id], env);
    const second = await readJob(scene.db, job.id);

    expect(first).to.include({ status: "pending", retryCount: 2, waitS: 20 });
    expect(second).to.include({ status: "failed", retryCount: 2, waitS: null });
  });
});
