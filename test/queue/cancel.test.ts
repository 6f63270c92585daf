// queue cancel: jobs are canceled permanently, and their creators are notified once.
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import {
  everything,
  givenHeld,
  givenHeldAudit,
  IS_PASSED_OVER,
  moment,
  openTransaction,
  readEvents,
  waitsForLock,
  wholeJob,
} from "../support/rows.ts";
import { parseReport, setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface CancelJson {
  readonly canceled: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };
const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

for (const variant of VARIANTS) {
  describe(`queue cancel on the ${variant} database`, () => {
    const scene = setScene(variant);

    const waiting: Readonly<Record<string, JobFields>> = {
      "is due": {},
      "waits for its next try": { retryCount: 2, nextRetryAt: moment(variant, "1 hour") },
      "was never scheduled": { nextRetryAt: "null" },
      "has its status in other case": { status: " Pending" },
      "failed, but has a next try": { ...FAILED, nextRetryAt: moment(variant, "1 hour") },
    };
    for (const [which, fields] of Object.entries(waiting)) {
      it(`cancels a job that ${which}, erases its password and notifies the creator once`, async () => {
        const job = await givenJob(scene.db, fields);

        const { code, stdout } = await scene.cli(["queue", "cancel", job.id]);

        expect(code).to.equal(0);
        expect(stdout).to.equal(`job/${job.id} canceled\n`);
        const row = await readJob(scene.db, job.id);
        expect(row).to.deep.equal({
          ...{ status: "failed", retryCount: fields.retryCount ?? 0, waitS: null, leased: false },
          ...{ encryptedPassword: "", lastErrorCode: "canceled", zitadelUserId: null },
          lastErrorMessage: "An operator canceled the creation of this account",
        });
        const [event, ...more] = await readEvents(scene.db);
        expect(more).to.deep.equal([]);
        expect(event).to.deep.include({
          type: "ManagedAccountCreationFailedEvent",
          ...{ aggregateType: "QueuedManagedAccountCreation", aggregateId: job.id },
        });
        expect(event?.payload).to.deep.include({
          ...{ eventVersion: 1, jobId: job.id, familyId: job.familyId, username: job.username },
          ...{ errorCode: "canceled", errorMessage: row.lastErrorMessage },
          attempts: fields.retryCount ?? 0,
        });
        expect(event?.payload["failedAt"]).to.match(ISO);
        expect((await scene.retry()).report).to.include({ due: 0, claimed: 0 });
      });
    }

    it("notifies nobody twice: a job that failed permanently had its event", async () => {
      const job = await givenJob(scene.db, FAILED);

      const { code } = await scene.cli(["queue", "cancel", job.id]);

      expect(code).to.equal(0);
      expect(await readJob(scene.db, job.id)).to.include({
        ...{ status: "failed", retryCount: 5, encryptedPassword: "", lastErrorCode: "canceled" },
      });
      expect(await readEvents(scene.db)).to.deep.equal([]);
    });

    it("records who did it and why, with what was before and after, times in UTC", async () => {
      const job = await givenJob(scene.db, {
        ...{ retryCount: 1, lastErrorCode: "timeout", nextRetryAt: "'2030-01-02 03:04:05'" },
      });

      await scene.cli([
        ...["queue", "cancel", job.id, "--actor", "alice", "--reason", "asked twice"],
      ]);

      const action = await scene.db.one<object>(
        "select actor, verb, reason, job_id, before, after from family_hub_jobs.operator_actions",
      );
      expect(action).to.deep.equal({
        ...{ actor: "alice", verb: "cancel", reason: "asked twice", job_id: job.id },
        before: {
          ...{ status: "pending", retryCount: 1, lastErrorCode: "timeout" },
          nextRetryAt: "2030-01-02T03:04:05.000Z",
        },
        after: { status: "failed", retryCount: 1, lastErrorCode: "canceled", nextRetryAt: null },
      });
    });
  });
}

describe("queue cancel", () => {
  const scene = setScene("ef");
  const cancel = (...args: string[]) => scene.json<CancelJson>(["queue", "cancel", ...args]);

  it("changes nothing the second time", async () => {
    const job = await givenJob(scene.db);
    const first = await cancel(job.id);
    const before = await everything(scene.db);

    const second = await scene.cli(["queue", "cancel", job.id, "--json"]);

    expect(first).to.deep.equal({ canceled: [job.id], skipped: [] });
    expect(second.code).to.equal(0);
    expect(JSON.parse(second.stdout)).to.deep.equal({
      canceled: [],
      skipped: [{ id: job.id, reason: "already canceled" }],
    });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("is permanent: queue requeue says that the password is erased", async () => {
    const job = await givenJob(scene.db);
    await cancel(job.id);
    const before = await everything(scene.db);

    const planned = await scene.cli(["queue", "requeue", job.id, "--dry-run"]);
    const { code, stdout } = await scene.cli(["queue", "requeue", job.id]);

    expect(code).to.equal(0);
    expect(stdout).to.match(/skipped: canceled, .*password erased.*queue add/);
    expect(planned.stdout).to.equal(stdout);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("skips what it may not cancel, with a reason each", async () => {
    const completed = await givenJob(scene.db, { status: "completed" });
    const held = await givenJob(scene.db);
    await givenHeld(scene.db, held, "1 minute");
    const dead = await givenJob(scene.db);
    await givenHeld(scene.db, dead, "-1 minute");
    const endless = await givenJob(scene.db);
    await givenHeld(scene.db, endless, "1 minute");
    await scene.db.query(
      `update auth.queued_managed_account_creations set lease_expires_at = 'infinity' where id = $1`,
      [endless.id],
    );
    const foreign = await givenJob(scene.db, { status: "Processing" });
    const unknown = await givenJob(scene.db, { status: "archi\u001bved", nextRetryAt: "null" });
    const impossible = await givenJob(scene.db, { retryCount: 7 });
    const jobs = [completed, held, dead, endless, foreign, unknown, impossible];
    const ids = jobs.map(({ id }) => id);
    const before = await everything(scene.db);

    const planned = await cancel(...ids, "--dry-run");
    const text = await scene.cli(["queue", "cancel", ...ids]);
    const { code, stdout } = await scene.cli(["queue", "cancel", ...ids, "--json"]);

    expect(code).to.equal(0);
    const { canceled, skipped } = JSON.parse(stdout) as CancelJson;
    expect(canceled).to.deep.equal([]);
    expect(skipped.map(({ id }) => id)).to.deep.equal(ids);
    const reasons = skipped.map(({ reason }) => reason);
    expect(reasons[0]).to.equal("completed: its account exists");
    const run = /processing: run [0-9a-f-]{36}/;
    expect(reasons[1]).to.match(new RegExp(`^${run.source} holds it until ${ISO.source}; `));
    expect(reasons[2]).to.match(new RegExp(`^${run.source} held it until ${ISO.source} and died;`));
    expect(reasons[3]).to.match(new RegExp(`^${run.source} holds it until .*clock.*RETRY_LEASE`));
    expect(reasons[4]).to.match(/^processing, though no run of this tool holds it: .*RETRY_LEASE/);
    expect(reasons[5]).to.match(/its status is "archi.ved", which runs skip/);
    expect(reasons[6]).to.equal("its retry_count is 7, which runs skip");
    expect(planned).to.deep.equal({ canceled, skipped });
    expect(text.stdout.trimEnd().split("\n")).to.have.length(ids.length);
    expect(text.stdout).not.to.include("\u001b");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("ends with 1 when an id is unknown, and cancels the others", async () => {
    const job = await givenJob(scene.db);

    const { code, stdout } = await scene.cli(["queue", "cancel", UNKNOWN, job.id]);

    expect(code).to.equal(1);
    expect(stdout).to.equal(`job/${job.id} canceled\njob/${UNKNOWN} skipped: not found\n`);
    expect((await readJob(scene.db, job.id)).lastErrorCode).to.equal("canceled");
  });

  it("reads ids from stdin for -, each once, also as it prints them itself, and never asks", async () => {
    const [a, b] = [await givenJob(scene.db), await givenJob(scene.db)];
    const stdin = `${a.id.toUpperCase()}\r\n\n  job/${b.id}  \n${a.id}\n`;

    const { code, stdout } = await scene.cli(["queue", "cancel", "-", "--json"], {}, { stdin });

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ canceled: [a.id, b.id], skipped: [] });
  });

  it("treats an empty list as nothing to do", async () => {
    const job = await givenJob(scene.db);
    const before = await wholeJob(scene.db, job.id);

    const result = await scene.cli(["queue", "cancel", "-"], {}, { stdin: "\n" });

    expect(result).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(await wholeJob(scene.db, job.id)).to.deep.equal(before);
  });

  it("without an id, or with one that is none, ends with 64 and changes nothing", async () => {
    const job = await givenJob(scene.db);
    const before = await everything(scene.db);

    const [none, malformed, piped] = await Promise.all([
      scene.cli(["queue", "cancel"]),
      scene.cli(["queue", "cancel", job.id, "123"]),
      scene.cli(["queue", "cancel", "-"], {}, { stdin: `${job.id}\nnot-an-id\n` }),
    ]);

    expect([none.code, malformed.code, piped.code]).to.deep.equal([64, 64, 64]);
    expect(none.stdout + malformed.stdout + piped.stdout).to.equal("");
    expect(none.stderr).to.include("queue cancel ID");
    expect(malformed.stderr).to.include("123");
    expect(piped.stderr).to.include("not-an-id");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("only says what it would do with --dry-run, and with -q only what it skipped", async () => {
    const [job, done] = [
      await givenJob(scene.db),
      await givenJob(scene.db, { status: "completed" }),
    ];
    const before = await everything(scene.db);

    const dry = await scene.cli(["queue", "cancel", job.id, done.id, "--dry-run"]);
    const unchanged = await everything(scene.db);
    const quiet = await scene.cli(["queue", "cancel", job.id, done.id, "-q", "--yes"]);

    const skipped = `job/${done.id} skipped: completed: its account exists\n`;
    expect(dry.stdout).to.equal(`job/${job.id} would be canceled\n${skipped}`);
    expect(unchanged).to.deep.equal(before);
    expect(quiet).to.deep.equal({ code: 0, stdout: skipped, stderr: "" });
  });

  it("changes nothing when it is killed in the middle", async () => {
    const jobs = [await givenJob(scene.db), await givenJob(scene.db)];
    const ids = jobs.map(({ id }) => id);
    const before = await everything(scene.db);
    const release = await givenHeldAudit(scene.db);
    const dying = scene.start(["queue", "cancel", ...ids]);
    await until(scene.db, waitsForLock("queue cancel"));

    const second = await scene.cli(["queue", "cancel", ...ids]);
    dying.kill("SIGKILL");
    await dying.ended;
    await release();

    expect(second.code).to.equal(75);
    expect(second.stderr).to.include("the queue cancel lock is held by fhj queue cancel");
    expect(await everything(scene.db)).to.deep.equal(before);
    const again = await scene.cli(["queue", "cancel", ...ids, "--json", "--wait", "10s"]);
    expect((JSON.parse(again.stdout) as CancelJson).canceled).to.deep.equal(ids);
  });
});

describe("queue cancel in the middle of a run", () => {
  const scene = setScene();

  it("refuses what the run holds, naming it, and takes from it what it has not claimed yet", async () => {
    // A run holds twenty for each call in flight.
    for (let i = 0; i < 25; i += 1)
      await givenJob(scene.db, { nextRetryAt: moment("own", `-${40 - i} minutes`) });
    const { control } = scene.zitadel;
    await control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts", "--json", "--concurrency", "1"]);
    await control.waitForPaused({ name: "call" });
    const { runId, held, free } = await scene.db.one<Record<"runId" | "held" | "free", string>>(
      `select max(claimed_by_run_id::text) as "runId",
              max(id::text) filter (where status = 'processing') as held,
              max(id::text) filter (where status = 'pending') as free
       from auth.queued_managed_account_creations`,
    );

    const answer = await scene.json<CancelJson>(["queue", "cancel", held, free]);
    await control.release("call");
    const report = parseReport(await run.ended);

    expect(answer.canceled).to.deep.equal([free]);
    expect(answer.skipped.map(({ id }) => id)).to.deep.equal([held]);
    expect(answer.skipped[0]?.reason).to.include(`run ${runId} holds it until`);
    expect(report).to.include({ outcome: "completed", claimed: 24, created: 24 });
    expect((await readJob(scene.db, held)).status).to.equal("completed");
    expect((await readJob(scene.db, free)).lastErrorCode).to.equal("canceled");
    expect(await control.findUser({ userId: free })).to.equal(null);
    const told = (await readEvents(scene.db)).filter(({ payload }) => payload["jobId"] === free);
    expect(told.map(({ type }) => type)).to.deep.equal(["ManagedAccountCreationFailedEvent"]);
  });

  it("waits for a claim that is being made, and then refuses the job", async () => {
    const job = await givenJob(scene.db);
    const claim = await openTransaction(
      scene.db,
      `update auth.queued_managed_account_creations
       set status = 'processing', claimed_by_run_id = '${UNKNOWN}',
           lease_expires_at = now() + interval '5 minutes'
       where id = '${job.id}'`,
    );
    const canceling = scene.start(["queue", "cancel", job.id, "--json"]);
    await until(scene.db, IS_PASSED_OVER);

    await claim.commit();
    const { code, stdout } = await canceling.ended;

    expect(code).to.equal(0);
    const { canceled, skipped } = JSON.parse(stdout) as CancelJson;
    expect(canceled).to.deep.equal([]);
    expect(skipped[0]?.reason).to.include(`run ${UNKNOWN} holds it`);
    expect(await readJob(scene.db, job.id)).to.include({ status: "processing", leased: true });
    expect(await readEvents(scene.db)).to.deep.equal([]);
  });
});
