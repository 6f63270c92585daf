// What a run prints where, and what it leaves in the ledger.
import { expect } from "chai";
import { givenJob, readJob } from "../support/given.ts";
import { moment, readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { packageVersion } from "../../src/version.ts";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("the report of retry-accounts as JSON", () => {
  const scene = setScene();

  it("is one object with exactly the documented keys", async () => {
    await givenJob(scene.db);

    const { stdout } = await scene.cli(["retry-accounts", "--json"]);

    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(report)).to.have.members([
      ...["command", "runId", "outcome", "reason", "startedAt", "finishedAt", "durationMs"],
      ...["due", "claimed", "rescued", "created", "adopted", "retried", "failed", "deferred"],
      ...["deletedMeanwhile", "missingKeys", "refused", "refusedCount"],
    ]);
    expect(report).to.deep.include({
      ...{ command: "retry-accounts", outcome: "completed", reason: null, missingKeys: [] },
      ...{ due: 1, claimed: 1, rescued: 0, created: 1, adopted: 0, retried: 0, failed: 0 },
      deferred: 0,
    });
    expect(report["startedAt"]).to.match(ISO);
    expect(report["finishedAt"]).to.match(ISO);
    expect(report["runId"]).to.match(/^[0-9a-f-]{36}$/);
    expect(report["durationMs"]).to.be.a("number").above(0);
  });

  it("is printed when nothing was due as well", async () => {
    const { code, report, stderr } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", due: 0 });
    expect(stderr).to.equal("");
  });
});

describe("the report of retry-accounts as text", () => {
  const scene = setScene();

  it("is one line on stdout that counts what was done", async () => {
    await givenJob(scene.db);

    const { code, stdout, stderr } = await scene.cli(["retry-accounts"]);

    expect(code).to.equal(0);
    expect(stdout).to.match(/^retry-accounts: .*\bcreated 1\b.*completed\)\n$/);
    expect(stderr).to.equal("");
  });

  it("is nothing at all when nothing was due: cron has nothing to mail", async () => {
    await givenJob(scene.db, { status: "completed" });
    await givenJob(scene.db, { nextRetryAt: moment("own", "1 hour") });

    const result = await scene.cli(["retry-accounts"]);

    expect(result).to.deep.equal({ code: 0, stdout: "", stderr: "" });
  });

  it("is a line with -v when nothing was due", async () => {
    const { code, stdout } = await scene.cli(["retry-accounts", "-v"]);

    expect(code).to.equal(0);
    expect(stdout).to.match(/^retry-accounts: due 0/);
  });

  it("is nothing with -q, except for what went wrong", async () => {
    await givenJob(scene.db);
    const fine = await scene.cli(["retry-accounts", "-q"]);
    await givenJob(scene.db);
    await scene.zitadel.control.setDown(true);
    const down = await scene.cli(["retry-accounts", "-q"]);

    expect(fine).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(down.code).to.equal(69);
    expect(down.stdout).to.equal("");
    expect(down.stderr).to.include("unavailable");
  });

  it("has no colour and no cursor movement where there is no terminal", async () => {
    await givenJob(scene.db);

    const { stdout, stderr } = await scene.cli(["retry-accounts", "-v"], { FORCE_COLOR: "1" });

    expect(stdout + stderr).not.to.match(/\u001B/);
  });
});

describe("the log on stderr", () => {
  const scene = setScene();

  it("is JSON lines that name the job and the cause, where there is no terminal", async () => {
    const job = await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { stderr } = await scene.cli(["retry-accounts"]);

    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: "warn", jobId: job.id, errorCode: "undecryptable" });
  });

  it("reports every created account at LOG_LEVEL debug", async () => {
    const job = await givenJob(scene.db);

    const { stderr } = await scene.cli(["retry-accounts"], { LOG_LEVEL: "debug" });

    expect(stderr).to.include(job.id).and.to.include("created");
  });

  it("is for people with LOG_FORMAT pretty", async () => {
    await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { stderr } = await scene.cli(["retry-accounts"], { LOG_FORMAT: "pretty" });

    expect(stderr).to.match(/^\d\d:\d\d:\d\d warn +job failed .*undecryptable/);
  });
});

describe("the ledger of runs", () => {
  const scene = setScene();

  it("has a line for each run: when, which version, how it ended, what it did", async () => {
    await givenJob(scene.db);
    await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { report } = await scene.retry();

    const [line, ...more] = await readRuns(scene.db);
    expect(more).to.deep.equal([]);
    expect(line).to.include({
      ...{ runId: report.runId, command: "retry-accounts", outcome: "completed", reason: null },
      version: packageVersion(),
    });
    expect(line?.counts).to.include({ due: 2, claimed: 2, created: 1, failed: 1 });
    expect(line?.startedAt.toISOString()).to.equal(report.startedAt);
    expect(line?.finishedAt?.toISOString()).to.equal(report.finishedAt);
  });

  it("says why a run ended early", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.setDown(true);

    const { report } = await scene.retry();

    const [line] = await readRuns(scene.db);
    expect(line).to.include({ outcome: "unavailable", reason: report.reason });
  });

  it("links the attempts to their run", async () => {
    const job = await givenJob(scene.db);

    const { report } = await scene.retry();

    const attempt = await scene.db.one<object>(
      "select job_id, run_id, outcome from family_hub_jobs.attempts",
    );
    expect(attempt).to.deep.equal({ job_id: job.id, run_id: report.runId, outcome: "created" });
    expect((await readJob(scene.db, job.id)).leased).to.equal(false);
  });
});
