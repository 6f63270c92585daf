// queue requeue: failed jobs go again, by id.
import { expect } from "chai";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { everything, givenHeld, moment, wholeJob } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface RequeueJson {
  readonly requeued: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const FAILED: JobFields = {
  ...{ status: "failed", retryCount: 5, lastErrorCode: "timeout", lastErrorMessage: "too late" },
  updatedAt: "now() - interval '1 hour'",
};

describe("queue requeue", () => {
  const scene = setScene();
  const requeue = (...args: string[]) => scene.json<RequeueJson>(["queue", "requeue", ...args]);

  it("makes a failed job due now with all its retries, and the next run works it", async () => {
    const job = await givenJob(scene.db, FAILED);

    const { code, stdout } = await scene.cli(["queue", "requeue", job.id]);

    expect(code).to.equal(0);
    expect(stdout).to.equal(`job/${job.id} requeued\n`);
    expect(await readJob(scene.db, job.id)).to.include({
      ...{ status: "pending", retryCount: 0, waitS: 0, lastErrorCode: "timeout" },
    });
    expect((await scene.retry()).report).to.include({ created: 1 });
    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
  });

  it("records actor, reason and what was before, in the audit", async () => {
    const job = await givenJob(scene.db, FAILED);

    await requeue(job.id, "--actor", "alice", "--reason", "Zitadel is back");

    const action = await scene.db.one<object>(
      `select actor, verb, reason, job_id, before, after ->> 'status' as after
       from family_hub_jobs.operator_actions`,
    );
    expect(action).to.deep.equal({
      ...{ actor: "alice", verb: "requeue", reason: "Zitadel is back", job_id: job.id },
      before: { status: "failed", retryCount: 5, nextRetryAt: null, lastErrorCode: "timeout" },
      after: "pending",
    });
  });

  it("names user and host as actor when none is given", async () => {
    const job = await givenJob(scene.db, FAILED);

    await requeue(job.id);

    const action = await scene.db.one<{ actor: string; reason: string | null }>(
      "select actor, reason from family_hub_jobs.operator_actions",
    );
    expect(action.actor).to.match(/^[^@]+@[^@]+$/);
    expect(action.reason).to.equal(null);
  });

  it("changes nothing the second time", async () => {
    const job = await givenJob(scene.db, FAILED);
    const first = await requeue(job.id);
    const before = await everything(scene.db);

    const second = await scene.cli(["queue", "requeue", job.id, "--json"]);

    expect(first.requeued).to.deep.equal([job.id]);
    expect(first.skipped).to.deep.equal([]);
    expect(second.code).to.equal(0);
    expect(JSON.parse(second.stdout)).to.deep.equal({
      requeued: [],
      skipped: [{ id: job.id, reason: "already pending" }],
    });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("skips what is not failed or has no password any more, with a reason each", async () => {
    const past = moment("own", "-1 minute");
    const completed = await givenJob(scene.db, { status: "completed" });
    const pending = await givenJob(scene.db, { status: "Pending ", nextRetryAt: past });
    const held = await givenJob(scene.db);
    await givenHeld(scene.db, held, "1 minute");
    const erased = await givenJob(scene.db, { ...FAILED, encryptedPassword: "" });
    const failed = await givenJob(scene.db, { ...FAILED, status: " Failed" });
    const ids = [completed.id, pending.id, held.id, erased.id, failed.id];

    const { code, stdout } = await scene.cli(["queue", "requeue", ...ids, "--json"]);

    expect(code).to.equal(0);
    const { requeued, skipped } = JSON.parse(stdout) as RequeueJson;
    expect(requeued).to.deep.equal([failed.id]);
    expect(skipped.map(({ id }) => id)).to.deep.equal(ids.slice(0, 4));
    const reasons = skipped.map(({ reason }) => reason);
    expect(reasons[0]).to.include("completed");
    expect(reasons[1]).to.include("pending");
    expect(reasons[2]).to.include("processing");
    expect(reasons[3]).to.match(/erased/);
    expect((await readJob(scene.db, erased.id)).status).to.equal("failed");
    expect((await readJob(scene.db, held.id)).leased).to.equal(true);
  });

  it("ends with 1 when an id is unknown, and requeues the others", async () => {
    const job = await givenJob(scene.db, FAILED);

    const { code, stdout } = await scene.cli(["queue", "requeue", UNKNOWN, job.id]);

    expect(code).to.equal(1);
    expect(stdout).to.equal(`job/${job.id} requeued\njob/${UNKNOWN} skipped: not found\n`);
    expect((await readJob(scene.db, job.id)).status).to.equal("pending");
  });

  it("reads ids from stdin for -, each once, in either case", async () => {
    const [a, b] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
    const stdin = `${a.id.toUpperCase()}\r\n\n  ${b.id}  \n${a.id}\n`;

    const { code, stdout } = await scene.cli(["queue", "requeue", "-", "--json"], {}, { stdin });

    expect(code).to.equal(0);
    expect((JSON.parse(stdout) as RequeueJson).requeued).to.deep.equal([a.id, b.id]);
  });

  it("takes what queue list -o name prints", async () => {
    const [a, b] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
    const { stdout: stdin } = await scene.cli([
      "queue",
      "list",
      "--status",
      "failed",
      "-o",
      "name",
    ]);

    const { stdout } = await scene.cli(["queue", "requeue", "-", "--json"], {}, { stdin });

    expect((JSON.parse(stdout) as RequeueJson).requeued).to.have.members([a.id, b.id]);
  });

  it("without an id, or with one that is none, ends with 64 and changes nothing", async () => {
    const job = await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);

    const [none, malformed, piped] = await Promise.all([
      scene.cli(["queue", "requeue"]),
      scene.cli(["queue", "requeue", job.id, "123"]),
      scene.cli(["queue", "requeue", "-"], {}, { stdin: `${job.id}\nnot-an-id\n` }),
    ]);

    expect([none.code, malformed.code, piped.code]).to.deep.equal([64, 64, 64]);
    expect(none.stdout + malformed.stdout + piped.stdout).to.equal("");
    expect(malformed.stderr).to.include("123");
    expect(piped.stderr).to.include("not-an-id");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("grants no new retries with --keep-retries: one attempt, then it is failed again", async () => {
    const job = await givenJob(scene.db, FAILED);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 13 });

    await requeue(job.id, "--keep-retries");
    const requeued = await readJob(scene.db, job.id);
    await scene.retry();

    expect(requeued).to.include({ status: "pending", retryCount: 5, waitS: 0 });
    expect(await readJob(scene.db, job.id)).to.include({ status: "failed", retryCount: 5 });
  });

  it("only says what it would do with --dry-run", async () => {
    const job = await givenJob(scene.db, FAILED);
    const done = await givenJob(scene.db, { status: "completed" });
    const before = await everything(scene.db);

    const { code, stdout, stderr } = await scene.cli([
      ...["queue", "requeue", job.id, done.id, "--dry-run"],
    ]);

    expect(code).to.equal(0);
    expect(stderr).to.equal("1 would be requeued, 1 skipped.\n");
    expect(stdout).to.include(`${job.id} would be requeued`);
    expect(stdout).to.match(new RegExp(`${done.id} skipped: already completed`));
    expect(await everything(scene.db)).to.deep.equal(before);
  });
});

describe("the total of queue requeue", () => {
  const scene = setScene();

  it("stands on stderr below the lines, and in one line for one job", async () => {
    const [a, b] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];

    const one = await scene.cli(["queue", "requeue", a.id]);
    const two = await scene.cli(["queue", "requeue", a.id, b.id]);

    expect(one.stderr).to.match(/^To undo/);
    expect(two.stderr).to.match(/^1 requeued, 1 skipped\.\nTo undo/);
  });

  for (const flag of ["--quiet", "--json"]) {
    it(`is left out with ${flag}`, async () => {
      const [a, b] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];

      const { code, stderr } = await scene.cli(["queue", "requeue", a.id, b.id, flag]);

      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    });
  }
});

describe("queue requeue on the script database", () => {
  const scene = setScene("script");

  it("makes the job due now there as well", async () => {
    const job = await givenJob(scene.db, FAILED);

    await scene.cli(["queue", "requeue", job.id]);

    expect(await readJob(scene.db, job.id)).to.include({ status: "pending", waitS: 0 });
    expect((await scene.retry()).report).to.include({ due: 1, created: 1 });
  });
});

describe("queue requeue of a row that no run touches", () => {
  const scene = setScene("ef");
  const odd: readonly (readonly [string, JobFields, string])[] = [
    ["a retry_count above 5", { retryCount: 7 }, "its retry_count is 7, which runs skip"],
    ["a negative retry_count", { retryCount: -1 }, "its retry_count is -1, which runs skip"],
    ["an unknown status", { status: "archived" }, 'its status is "archived", which runs skip'],
  ];

  for (const [what, fields, reason] of odd) {
    it(`such as one with ${what} skips it with 0 and that reason, and requeues the others`, async () => {
      const row = await givenJob(scene.db, { ...FAILED, ...fields });
      const failed = await givenJob(scene.db, FAILED);
      const before = await wholeJob(scene.db, row.id);
      const skipped = [{ id: row.id, reason }];

      const planned = await scene.cli(["queue", "requeue", row.id, "--json", "--dry-run"]);
      const kept = await scene.cli(["queue", "requeue", row.id, "--json", "--keep-retries"]);
      const done = await scene.cli(["queue", "requeue", row.id, failed.id, "--json"]);

      expect([planned.code, kept.code, done.code]).to.deep.equal([0, 0, 0]);
      for (const { stdout } of [planned, kept]) {
        expect(JSON.parse(stdout)).to.deep.equal({ requeued: [], skipped });
      }
      expect(JSON.parse(done.stdout)).to.deep.include({ requeued: [failed.id], skipped });
      expect(await wholeJob(scene.db, row.id)).to.deep.equal(before);
      const { actions } = await scene.db.one<{ actions: number }>(
        "select count(*)::int as actions from family_hub_jobs.operator_actions",
      );
      expect(actions).to.equal(1);
    });
  }
});
