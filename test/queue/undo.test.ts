// queue undo: a requeue is undone for jobs that have not run since.
import { expect } from "chai";
import { asRole, READER, runRoleFile } from "../support/deployed-roles.ts";
import type { Variant } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { everything, givenHeld } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

interface UndoJson {
  readonly undone: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

interface Requeue {
  readonly actionId: string;
  readonly actor: string;
  readonly jobs: number;
  readonly undoable: number;
}

const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

async function requeued(scene: Scene, ...args: string[]): Promise<string> {
  const { actionId } = await scene.json<{ actionId: string }>(["queue", "requeue", ...args]);
  return actionId;
}

for (const variant of ["own", "ef", "script"] as const satisfies readonly Variant[]) {
  describe(`queue undo on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("makes the jobs failed again, as they were, with a line in the audit each", async () => {
      const [a, b] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
      const actionId = await requeued(scene, "--status", "failed", "--rate", "1/m", "--yes");

      const { undone, skipped } = await scene.json<UndoJson>([
        ...["queue", "undo", actionId, "--actor", "bob", "--reason", "too early"],
      ]);

      expect(undone).to.have.members([a.id, b.id]);
      expect(skipped).to.deep.equal([]);
      for (const { id } of [a, b]) {
        expect(await readJob(scene.db, id)).to.include({
          ...{ status: "failed", retryCount: 5, waitS: null, lastErrorCode: "timeout" },
        });
      }
      expect(
        await scene.db.one<object>(
          `select count(*)::int as lines, count(distinct batch_id)::int as actions, min(reason) as reason
           from family_hub_jobs.operator_actions
           where verb = 'undo' and actor = 'bob' and before ->> 'status' = 'pending'`,
        ),
      ).to.deep.equal({ lines: 2, actions: 1, reason: "too early" });
    });
  });
}

describe("queue undo --list", () => {
  const scene = setScene();

  async function givenRequeue(actor: string, jobs: number): Promise<string> {
    for (let n = 0; n < jobs; n += 1) await givenJob(scene.db, FAILED);
    const by = ["--actor", actor, "--reason", "INC-4711"];
    return requeued(scene, "--status", "failed", "--rate", "1/m", "--yes", ...by);
  }

  const list = async () =>
    (await scene.json<{ requeues: readonly Requeue[] }>(["queue", "undo", "--list"])).requeues;

  it("lists the last requeues, newest first, with what an undo would still change", async () => {
    const first = await givenRequeue("kim", 1);
    const second = await givenRequeue("lea", 3);
    await scene.retry();

    const before = await list();
    const dry = await scene.json<UndoJson>(["queue", "undo", second, "--dry-run"]);
    await scene.json(["queue", "undo", second]);
    const after = await list();

    const shown = (requeues: readonly Requeue[]) =>
      requeues.map(({ actionId, actor, jobs, undoable }) => [actionId, actor, jobs, undoable]);
    expect(before[0]).to.have.all.keys("actionId", "at", "actor", "reason", "jobs", "undoable");
    // The first job of each was due at once, and has run.
    expect(shown(before)).to.deep.equal([
      [second, "lea", 3, 2],
      [first, "kim", 1, 0],
    ]);
    expect(dry.undone).to.have.length(2);
    expect(shown(after)).to.deep.equal([
      [second, "lea", 3, 0],
      [first, "kim", 1, 0],
    ]);
  });

  it("changes nothing, also as the role that only reads", async () => {
    await givenRequeue("kim", 1);
    await runRoleFile(scene.db);
    const before = await everything(scene.db);

    const { code, stdout } = await scene.cli(["queue", "undo", "--list"], asRole(scene.db, READER));

    expect(code).to.equal(0);
    expect(stdout).to.match(/^ACTION +REQUEUED +JOBS +UNDOABLE +BY +REASON\n\S+ .* 1 +1 +kim +INC/);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("is named where no action is, and takes none", async () => {
    const nothing = await scene.cli(["queue", "undo"]);
    const both = await scene.cli(["queue", "undo", UNKNOWN, "--list"]);

    expect([nothing.code, both.code]).to.deep.equal([64, 64]);
    expect(nothing.stderr).to.include("`queue undo --list` lists the last ones");
    expect(both.stderr).to.include("--list takes no action ID");
  });
});

describe("queue undo", () => {
  const scene = setScene();
  const undo = (...args: string[]) => scene.cli(["queue", "undo", ...args]);

  it("skips what has run, is held, was acted on or is gone since, with a reason each", async () => {
    const jobs = [];
    for (const n of [1, 2, 3, 4, 5, 6]) {
      jobs.push(await givenJob(scene.db, { ...FAILED, username: `kid_${n}` }));
    }
    const ids = jobs.map(({ id }) => id);
    const [ran = "", retried = "", held = "", again = "", gone = "", idle = ""] = ids;
    const actionId = await requeued(scene, ...ids);
    await scene.cli(["retry-accounts", "--job", ran]);
    await scene.db.query(
      "update auth.queued_managed_account_creations set retry_count = 1 where id = $1",
      [retried],
    );
    for (const job of jobs.filter(({ id }) => id === held)) {
      await givenHeld(scene.db, job, "1 minute");
    }
    await scene.cli(["queue", "cancel", again]);
    await scene.db.query("delete from auth.queued_managed_account_creations where id = $1", [gone]);

    const { code, stdout } = await undo(actionId, "--json");

    const { undone, skipped } = JSON.parse(stdout) as UndoJson;
    expect(code).to.equal(0);
    expect(undone).to.deep.equal([idle]);
    const reasons = new Map(skipped.map(({ id, reason }) => [id, reason]));
    expect(reasons.get(ran)).to.equal("completed: it has run since");
    expect(reasons.get(retried)).to.equal("pending: it has run since");
    expect(reasons.get(held)).to.match(/run \S{36} holds it until/);
    expect(reasons.get(again)).to.equal("failed: an operator has acted on it since");
    expect(reasons.get(gone)).to.equal("deleted since");
  });

  it("changes nothing the second time", async () => {
    const job = await givenJob(scene.db, FAILED);
    const actionId = await requeued(scene, job.id);
    await undo(actionId);
    const before = await everything(scene.db);

    const { code, stdout } = await undo(actionId);

    expect(code).to.equal(0);
    expect(stdout).to.equal(`job/${job.id} skipped: already undone\n`);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("says of a job that was undone and requeued again that an operator has acted on it", async () => {
    const job = await givenJob(scene.db, FAILED);
    const actionId = await requeued(scene, job.id);
    await undo(actionId);
    const next = await requeued(scene, job.id);

    const [old, latest] = [await undo(actionId), await undo(next)];

    expect(old.stdout).to.equal(
      `job/${job.id} skipped: pending: an operator has acted on it since\n`,
    );
    expect(latest.stdout).to.equal(`job/${job.id} undone\n`);
  });

  it("says with --dry-run what it would do, and changes nothing", async () => {
    const job = await givenJob(scene.db, FAILED);
    const actionId = await requeued(scene, job.id);
    const before = await everything(scene.db);

    const { stdout } = await undo(actionId, "--dry-run");

    expect(stdout).to.equal(`job/${job.id} would be undone\n`);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("still undoes the requeue of a job that was postponed without using up a retry", async () => {
    const job = await givenJob(scene.db, FAILED);
    const actionId = await requeued(scene, job.id);
    await scene.zitadel.control.addFault({ kind: "grpc", code: 7, method: "CreateUser" });
    const { code } = await scene.cli(["retry-accounts"]);

    const { stdout } = await undo(actionId);

    expect(code).to.equal(77);
    expect(stdout).to.equal(`job/${job.id} undone\n`);
  });

  it("is reported on stderr by queue requeue, and by queue show for each job", async () => {
    const job = await givenJob(scene.db, FAILED);

    const { stderr } = await scene.cli(["queue", "requeue", job.id]);
    const [, actionId = ""] = /queue undo (\S+) /.exec(stderr) ?? [];
    const shown = await scene.cli(["queue", "show", job.id]);

    expect(shown.stdout).to.include(`action ${actionId}`);
    expect((await undo(actionId)).stdout).to.equal(`job/${job.id} undone\n`);
  });

  it("undoes only what a requeue did, also if someone added lines to its action", async () => {
    const [job, other] = [await givenJob(scene.db, FAILED), await givenJob(scene.db)];
    const actionId = await requeued(scene, job.id);
    for (const before of [
      '{"status": "failed", "retryCount": 99}',
      '{"status": "failed", "retryCount": "many"}',
      '{"status": "pending", "retryCount": 0}',
    ]) {
      await scene.db.query(
        `insert into family_hub_jobs.operator_actions (actor, verb, job_id, before, after, batch_id)
         values ('mallory', 'requeue', $1, $2, '{"status": "pending", "retryCount": 0}', $3)`,
        [other.id, before, actionId],
      );
    }

    const { code, stdout } = await undo(actionId);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `job/${job.id} undone\n` });
    expect((await readJob(scene.db, other.id)).status).to.equal("pending");
  });

  it("refuses what is no action with 64, and one that nobody did with 1", async () => {
    const malformed = await undo("57");
    const unknown = await undo(UNKNOWN);

    expect([malformed.code, unknown.code]).to.deep.equal([64, 1]);
    expect(malformed.stderr).to.include('not a valid action ID: "57"');
    expect(unknown.stderr).to.include(`no action ${UNKNOWN}`);
  });

  for (const verb of ["cancel", "undo"]) {
    it(`refuses a ${verb} with 64, and says what helps`, async () => {
      const job = await givenJob(scene.db, FAILED);
      const actionId = await requeued(scene, job.id);
      await scene.cli(verb === "undo" ? ["queue", "undo", actionId] : ["queue", "cancel", job.id]);
      const { id } = await scene.db.one<{ id: string }>(
        "select batch_id as id from family_hub_jobs.operator_actions where verb = $1",
        [verb],
      );
      const before = await everything(scene.db);

      const { code, stderr } = await undo(id);

      expect(code).to.equal(64);
      expect(stderr).to.include(`is a ${verb}, which cannot be undone`).and.to.include("`queue ");
      expect(await everything(scene.db)).to.deep.equal(before);
    });
  }
});
