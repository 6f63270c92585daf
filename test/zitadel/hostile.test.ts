// Answers that Zitadel never gives, from a server in its place or a proxy in front of it.
import { expect } from "chai";
import { givenJob, readJob, type GivenJob } from "../support/given.ts";
import { readAttempts, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

async function givenJobs(scene: Scene, count: number): Promise<GivenJob[]> {
  const jobs: GivenJob[] = [];
  for (let i = 0; i < count; i += 1) jobs.push(await givenJob(scene.db));
  return jobs;
}

describe("HTTP 403 from a proxy before Zitadel", () => {
  const scene = setScene();
  const forbidden = { kind: "http", status: 403, body: "<h1>Forbidden</h1>" } as const;

  for (const concurrency of ["1", "10"]) {
    it(`for one username postpones that job; the others are created, ${concurrency} at a time`, async () => {
      const disliked = await givenJob(scene.db, { username: "select_from_users" });
      const others = await givenJobs(scene, 5);
      const match = { username: disliked.username };
      await scene.zitadel.control.addFault({ method: "CreateUser", match, ...forbidden });

      const { code, report } = await scene.retry(["--concurrency", concurrency]);

      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "completed", created: 5, retried: 1, failed: 0 });
      const row = await readJob(scene.db, disliked.id);
      expect(row).to.include({ status: "pending", retryCount: 1, waitS: 60, leased: false });
      expect(row.lastErrorMessage).to.match(/proxy/);
      expect(row.lastErrorMessage).not.to.include("<h1>");
      for (const { id } of others)
        expect((await readJob(scene.db, id)).status).to.equal("completed");
    });
  }

  it("for one username fails that job when its retries are used up, and no other", async () => {
    const disliked = await givenJob(scene.db, { retryCount: 5 });
    await givenJobs(scene, 1);
    const match = { username: disliked.username };
    await scene.zitadel.control.addFault({ method: "CreateUser", match, ...forbidden });

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "completed", created: 1, failed: 1 });
    expect(await readJob(scene.db, disliked.id)).to.include({ status: "failed", retryCount: 5 });
  });

  // A 404 after good answers is an outage: an instance that is away answers so, too.
  for (const [status, exit, outcome] of [
    [401, 77, "refused"],
    [403, 77, "refused"],
    [404, 69, "unavailable"],
  ] as const) {
    it(`for everything (as HTTP ${status}) ends the run with ${exit} and uses up no retry`, async () => {
      const jobs = await givenJobs(scene, 3);
      await scene.zitadel.control.setFaults(
        (["CreateUser", "AddHumanUser", "GetUserByID", "ListUsers"] as const).map((method) => ({
          ...{ ...forbidden, method, status },
        })),
      );
      // Named, so that nothing is asked before the first job.
      const env = { ZITADEL_ORG_ID: scene.zitadel.orgId };

      const { code, report } = await scene.retry(["--concurrency", "1"], env);

      expect(code).to.equal(exit);
      expect(report).to.include({ outcome, created: 0, retried: 0, failed: 0 });
      expect(report.reason).to.match(new RegExp(`a proxy .*answered HTTP ${status}`));
      expect(report.claimed).to.be.above(0);
      for (const { id } of jobs) {
        expect(await readJob(scene.db, id)).to.include({
          ...{ status: "pending", retryCount: 0, leased: false, lastErrorCode: null },
        });
      }
      expect(await readEvents(scene.db)).to.deep.equal([]);
    });
  }
});

describe("an error id that is none", () => {
  const scene = setScene();

  const ids: Readonly<Record<string, string>> = {
    "a NUL": "EVIL\u0000-mark1",
    "control characters": "EVIL\u001b[31m\r\n-mark1",
    "a line feed at its end": "EVIL-mark1\n",
    "200 characters": `EVIL${"l".repeat(190)}-mark1`,
    "10000 characters": `EVIL${"l".repeat(9_990)}-mark1`,
    "letters of another script": "EVIL\u202e-mark1é",
    "a lone blank": "EVIL mark1",
  };
  const outcomes = {
    13: { status: "pending", retryCount: 1 },
    3: { status: "failed", retryCount: 0 },
    7: { status: "pending", retryCount: 0 },
    8: { status: "pending", retryCount: 0 },
  } as const;
  const EXITS = { 13: 0, 3: 0, 7: 77, 8: 75 } as const;
  for (const [what, id] of Object.entries(ids)) {
    for (const code of [13, 3, 7, 8] as const) {
      it(`such as ${what} (gRPC ${code}) is neither stored nor printed; every job is settled`, async () => {
        const job = await givenJob(scene.db);
        await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code, id });

        const run = await scene.retry(["-v"], { LOG_LEVEL: "debug" });

        expect(run.code).to.equal(EXITS[code]);
        expect(await readJob(scene.db, job.id)).to.include({ ...outcomes[code], leased: false });
        const [attempt] = await readAttempts(scene.db, job.id);
        expect(attempt).to.include({ grpcCode: code, zitadelErrorId: null });
        const said = run.stdout + run.stderr + (await wholeDatabase(scene.db));
        expect(said).not.to.include("EVIL");
        expect(said).not.to.include("mark1");
      });
    }
  }

  it("does not delay the other jobs", async () => {
    const jobs = await givenJobs(scene, 6);
    const match = { username: jobs[2]?.username ?? "" };
    const id = "EVIL\u0000-mark1";
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match, kind: "grpc", code: 3, id },
    });

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", created: 5, failed: 1 });
  });
});

describe("a validation message that quotes what was sent", () => {
  const scene = setScene();

  const messages = [
    "invalid CreateUserRequest.X: value hunter2 sunny day",
    "invalid CreateUserRequest.hunter2sunny: value must be sunny hunter2",
    "invalid hunter2.sunny.day: value is required",
    "invalid CreateUserRequest.Password: value is required, not hunter2 sunny day",
    "invalid CreateUserRequest.Password: value length must be between 1 and 200 runes, inclusive: hunter2 sunny",
  ];
  for (const [index, message] of messages.entries()) {
    it(`is stored and printed without it (${index + 1})`, async () => {
      const job = await givenJob(scene.db);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "grpc", code: 3, message },
      });

      const run = await scene.retry(["-v"], { LOG_LEVEL: "debug" });

      expect(run.code).to.equal(0);
      expect(await readJob(scene.db, job.id)).to.include({
        ...{ status: "failed", lastErrorCode: "invalid_argument" },
      });
      const said = run.stdout + run.stderr + (await wholeDatabase(scene.db));
      for (const word of ["sunny", "hunter2 "]) expect(said).not.to.include(word);
    });
  }
});

describe("a Retry-After of many years", () => {
  const scene = setScene();
  const decades = new Date(Date.UTC(2099, 0, 1)).toUTCString();

  for (const retryAfter of ["999999999", decades]) {
    for (const method of ["CreateUser", "token"] as const) {
      it(`silences the tool for an hour at most: ${retryAfter} at ${method}`, async () => {
        const job = await givenJob(scene.db);
        await scene.zitadel.control.addFault({ method, kind: "http", status: 429, retryAfter });

        const { code } = await scene.retry();

        expect(code).to.equal(75);
        const { pauseS, waitS } = await scene.db.one<{ pauseS: number; waitS: number }>(
          `select extract(epoch from b.paused_until - now())::float8 as "pauseS",
                  extract(epoch from q.next_retry_at - now())::float8 as "waitS"
           from family_hub_jobs.breaker b, auth.queued_managed_account_creations q
           where q.id = $1`,
          [job.id],
        );
        expect(pauseS).to.be.above(3500).and.at.most(3600);
        expect(waitS).to.be.at.most(3600);
      });
    }
  }
});
