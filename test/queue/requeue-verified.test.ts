// queue requeue --verified: only those of which Zitadel says that a requeue helps.
import { expect } from "chai";
import { atTerminal } from "../support/at-terminal.ts";
import { givenJob, readJob, type GivenJob, type JobFields } from "../support/given.ts";
import { everything, givenUser } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface RequeueJson {
  readonly requeued: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };
const VERIFIED = ["queue", "requeue", "--verified"];
const BY_FILTER = [...VERIFIED, "--status", "failed", "--yes", "--json"];

describe("queue requeue --verified", () => {
  const scene = setScene("ef");
  const givenAccountOf = ({ id, username }: GivenJob) =>
    scene.zitadel.control.addUser({ userId: id, username });
  const writes = async () => {
    const { CreateUser, AddHumanUser } = (await scene.zitadel.control.counters()).requests;
    return CreateUser + AddHumanUser;
  };

  beforeEach("somebody is seen", () => scene.zitadel.control.addUser({ username: "somebody" }));

  it("requeues created and absent ones, and reports why it skips each other one", async () => {
    const created = await givenJob(scene.db, FAILED);
    const absent = await givenJob(scene.db, FAILED);
    const taken = await givenJob(scene.db, { ...FAILED, username: "somebody" });
    const mismatch = await givenJob(scene.db, FAILED);
    const held = await givenJob(scene.db, FAILED);
    const erased = await givenJob(scene.db, { ...FAILED, encryptedPassword: "" });
    const pending = await givenJob(scene.db, { nextRetryAt: "now() + interval '1 hour'" });
    await givenAccountOf(created);
    await scene.zitadel.control.addUser({ userId: mismatch.id, username: "other_name" });
    await givenUser(scene.db, { username: held.username });
    const ids = [created, absent, taken, mismatch, held, erased, pending].map(({ id }) => id);

    const { code, stdout } = await scene.cli([...VERIFIED, ...ids, UNKNOWN, "--json"]);
    const { requeued, skipped } = JSON.parse(stdout) as RequeueJson;
    const asked = await writes();
    const { report } = await scene.retry();

    expect(code).to.equal(1);
    expect(asked).to.equal(0);
    expect(requeued).to.deep.equal(ids.slice(0, 2));
    expect(skipped.map(({ id }) => id)).to.deep.equal([...ids.slice(2), UNKNOWN]);
    const reasons = skipped.map(({ reason }) => reason);
    expect(reasons[0]).to.match(
      /^username_taken \(Zitadel user \d+\): its user is in organization \d+: free/,
    );
    expect(reasons[1]).to.match(/^mismatch \(Zitadel user .+\): it has another username/);
    expect(reasons[2]).to.match(/^username_taken .*another FamilyHub user/);
    expect(reasons.slice(3)).to.deep.equal([
      "its password is erased: `queue add` queues the account again",
      "already pending",
      "not found",
    ]);
    expect(report).to.include({ created: 1, adopted: 1, failed: 0 });
  });

  it("works with a filter, in batches that spread, and leaves one action to undo", async () => {
    await givenJob(scene.db, { ...FAILED, username: "somebody" });
    const jobs = [
      await givenJob(scene.db, { ...FAILED, createdAt: "now() - interval '2 minutes'" }),
      await givenJob(scene.db, { ...FAILED, createdAt: "now() - interval '1 minute'" }),
    ];

    const { code, stdout, stderr } = await scene.cli([
      ...[...BY_FILTER, "--rate", "1/m", "--expect", "2"],
    ]);
    const { requeued, skipped } = JSON.parse(stdout) as RequeueJson;
    const waits = await Promise.all(jobs.map(({ id }) => readJob(scene.db, id)));

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(requeued).to.deep.equal(jobs.map(({ id }) => id));
    expect(skipped).to.have.lengthOf(1);
    expect(waits.map(({ waitS }) => waitS)).to.deep.equal([0, 60]);
    const { actionId } = JSON.parse(stdout) as { actionId: string };
    const undone = await scene.cli(["queue", "undo", actionId]);
    expect(undone.code).to.equal(0);
  });

  it("counts for --expect only what is requeued, and does nothing when it is another number", async () => {
    await givenJob(scene.db, { ...FAILED, username: "somebody" });
    await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);

    const { code, stderr } = await scene.cli([...BY_FILTER, "--expect", "2"]);

    expect(code).to.equal(1);
    expect(stderr).to.include("but 1 would be requeued");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("changes nothing with --dry-run, and nothing the second time", async () => {
    const taken = await givenJob(scene.db, { ...FAILED, username: "somebody" });
    const job = await givenJob(scene.db, FAILED);
    const args = [...VERIFIED, job.id, taken.id];
    const before = await everything(scene.db);

    const dry = await scene.cli([...args, "--dry-run"]);
    const after = await everything(scene.db);
    await scene.cli(args);
    const once = await everything(scene.db);
    const again = await scene.cli(args);

    expect(dry.stdout).to.include(`job/${job.id} would be requeued`);
    expect(dry.stdout).to.include(`job/${taken.id} skipped: username_taken`);
    expect(after).to.deep.equal(before);
    expect(again.code).to.equal(0);
    expect(again.stdout).to.include(`job/${job.id} skipped: already pending`);
    expect(await everything(scene.db)).to.deep.equal(once);
  });

  it("asks Zitadel once and then the person, and requeues exactly what was counted", async () => {
    const taken = await givenJob(scene.db, { ...FAILED, username: "somebody" });
    const job = await givenJob(scene.db, FAILED);
    const late: GivenJob[] = [];

    const { code, stdout, stderr } = await atTerminal(
      [...VERIFIED, "--status", "failed"],
      scene.env,
      async () => {
        late.push(await givenJob(scene.db, FAILED));
        return "y";
      },
    );

    expect(code).to.equal(0);
    expect(stderr).to.include("Requeue 1 job (1 more match and are not touched)? [y/N] ");
    expect(stdout).to.include(`job/${job.id} requeued\n`);
    expect(stdout).to.include(`job/${taken.id} skipped: username_taken`);
    expect((await readJob(scene.db, late[0]?.id ?? "")).status).to.equal("failed");
    expect((await scene.zitadel.control.counters()).requests.token).to.equal(1);
  });

  it("without a terminal and --yes asks nobody, Zitadel least of all", async () => {
    await givenJob(scene.db, FAILED);

    const { code } = await scene.cli([...VERIFIED, "--status", "failed"]);

    expect(code).to.equal(64);
    expect((await scene.zitadel.control.counters()).requests.token).to.equal(0);
  });

  for (const [what, set, code] of [
    ["is down", () => scene.zitadel.control.setDown(true), 69],
    [
      "refuses the key",
      () => scene.zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false }),
      77,
    ],
    [
      "refuses the question",
      () =>
        scene.zitadel.control.addFault({
          ...{ method: "GetUserByID", kind: "grpc", code: 7, id: "AUTH-AWfge", skip: 2 },
        }),
      77,
    ],
    [
      "fails five times in a row",
      () =>
        scene.zitadel.control.addFault({ method: "GetUserByID", kind: "db-read-error", skip: 2 }),
      69,
    ],
  ] as const) {
    it(`requeues nothing when Zitadel ${what}, and ends with ${code}`, async () => {
      for (let n = 0; n < 8; n += 1) await givenAccountOf(await givenJob(scene.db, FAILED));
      const before = await everything(scene.db);
      await set();

      const result = await scene.cli(BY_FILTER, { RETRY_CONCURRENCY: "1" });
      await scene.zitadel.control.setDown(false);

      expect(result.code).to.equal(code);
      expect(result.stdout).to.equal("");
      expect(result.stderr).to.match(/^family-hub-jobs: Nothing was requeued: \S/);
      expect(await everything(scene.db)).to.deep.equal(before);
    });
  }

  it("skips a job for which Zitadel gives no answer, requeues the others, and ends with 69", async () => {
    const [silent, job] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
    await scene.zitadel.control.addFault({
      ...{ method: "GetUserByID", kind: "db-read-error", match: { userId: silent.id } },
    });

    const { code, stdout, stderr } = await scene.cli([...VERIFIED, silent.id, job.id, "--json"]);
    const { requeued, skipped } = JSON.parse(stdout) as RequeueJson;

    expect(code).to.equal(69);
    expect(requeued).to.deep.equal([job.id]);
    expect(skipped[0]?.reason).to.match(/^unknown: Zitadel: .*SQL-KyeAx.*; ask again$/);
    expect(stderr).to.include("no answer for 1 of 2 jobs");
  });

  it("killed while it asks has changed nothing, and held no lock that another waits for", async () => {
    const [asked, other] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
    const before = await everything(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "GetUserByID", kind: "pause", name: "question", at: "before", skip: 1 },
    });
    const running = scene.start([...VERIFIED, asked.id]);
    await scene.zitadel.control.waitForPaused({ name: "question" });

    const preview = await scene.cli(["queue", "requeue", other.id, "--dry-run"]);
    running.kill("SIGTERM");
    const { code, stdout } = await running.ended;

    expect(preview.code).to.equal(0);
    expect({ code, stdout }).to.deep.equal({ code: 143, stdout: "" });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("skips a job that a run took while Zitadel was asked", async () => {
    const job = await givenJob(scene.db, FAILED);
    await scene.zitadel.control.addFault({
      ...{ method: "GetUserByID", kind: "pause", name: "question", at: "before", skip: 1 },
    });
    const running = scene.start([...VERIFIED, job.id, "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "question" });

    await scene.cli(["queue", "requeue", job.id]);
    await scene.zitadel.control.setFaults([]);
    await scene.retry();
    await scene.zitadel.control.release("question");
    const { stdout } = await running.ended;

    expect(JSON.parse(stdout)).to.deep.equal({
      ...{ requeued: [], skipped: [{ id: job.id, reason: "already completed" }] },
    });
  });
});
