// queue show: why one job is not running now and what comes next, from the database as it is.
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { asRole, READER, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, sealForTest, type JobFields } from "../support/given.ts";
import { givenAttempt, givenRun } from "../support/given-ledger.ts";
import { useFiles } from "../support/given-settings.ts";
import { everything, givenHeld, givenUser, moment } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";
import { generateKey } from "../../src/passwords/generate.ts";

interface ShowJson {
  readonly job: { readonly id: string };
  readonly whyNotNow: readonly { readonly code: string; readonly text: string }[];
  readonly nextTry: string;
  readonly requeue: { readonly possible: boolean; readonly text: string };
}

const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };

const show = (scene: Scene, id: string, env: Readonly<Record<string, string | undefined>> = {}) =>
  scene.json<ShowJson>(["queue", "show", id], env);

const codes = ({ whyNotNow }: ShowJson) => whyNotNow.map(({ code }) => code);

for (const variant of VARIANTS) {
  describe(`the outlook in queue show on the ${variant} database`, () => {
    const scene = setScene(variant);
    const at = (offset: string) => moment(variant, offset);

    it("reports each state of a job by its own code", async () => {
      const held = await givenJob(scene.db);
      const stuck = await givenJob(scene.db);
      const jobs = {
        due: await givenJob(scene.db, { nextRetryAt: "null", status: " Pending" }),
        scheduled: await givenJob(scene.db, { nextRetryAt: at("5 minutes"), retryCount: 2 }),
        never: await givenJob(scene.db, { nextRetryAt: "'infinity'" }),
        completed: await givenJob(scene.db, { status: "completed" }),
        failed: await givenJob(scene.db, FAILED),
        canceled: await givenJob(scene.db, {
          ...{ status: "failed", lastErrorCode: "canceled", encryptedPassword: "" },
        }),
        leased: held,
        stuck,
        held_elsewhere: await givenJob(scene.db, { status: "processing" }),
        unknown_status: await givenJob(scene.db, { status: "archived" }),
      };
      await givenHeld(scene.db, held, "1 minute");
      await givenHeld(scene.db, stuck, "-1 second");

      const answers = await Promise.all(Object.values(jobs).map(({ id }) => show(scene, id)));

      expect(answers.map(codes)).to.deep.equal(Object.keys(jobs).map((code) => [code]));
      expect(answers.map(({ job }) => job.id)).to.deep.equal(
        Object.values(jobs).map(({ id }) => id),
      );
      expect(answers.map(({ requeue }) => requeue.possible)).to.deep.equal(
        Object.keys(jobs).map((code) => code === "failed"),
      );
      expect(answers[1]?.whyNotNow[0]?.text).to.match(
        /^It waits for retry 2 of 5 until \d{4}-\S+Z \(in [45]m\)\.$/,
      );
      expect(Object.keys(answers[0] ?? {})).to.deep.equal([
        ...["job", "whyNotNow", "nextTry", "requeue", "remarks", "timeline"],
      ]);
    });
  });
}

describe("the outlook in queue show", () => {
  const scene = setScene("ef");
  const file = useFiles();

  it("names the run that has the job, alive and, once it was killed, dead", async () => {
    const job = await givenJob(scene.db);
    const other = await givenJob(scene.db, { nextRetryAt: "now() - interval '1 minute'" });
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts", "--job", job.id]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    const { runId } = await scene.db.one<{ runId: string }>(
      `select run_id as "runId" from family_hub_jobs.runs`,
    );

    const [alive, waiting] = [await show(scene, job.id), await show(scene, other.id)];
    running.kill("SIGKILL");
    await running.ended;
    await until(
      scene.db,
      `not exists (select from pg_stat_activity
                   where application_name like 'fhj retry-%' and datname = current_database())`,
    );
    const dead = await show(scene, job.id);

    expect(codes(alive)).to.deep.equal(["leased"]);
    expect(alive.whyNotNow[0]?.text).to.match(
      new RegExp(`^Run ${runId} \\(host .+, pid ${running.process.pid}\\) is working on it`),
    );
    expect(codes(waiting)).to.deep.equal(["due", "locked"]);
    expect(waiting.whyNotNow[1]?.text).to.include(`Run ${runId} (host `);
    expect(dead.whyNotNow[0]?.text).to.include("no longer running");
    await scene.zitadel.control.reset();
    const { code, report } = await scene.retry();
    expect({ code, created: report.created }).to.deep.equal({ code: 0, created: 1 });
  });

  it("reports the breaker, and the last run where none is at work", async () => {
    const { id } = await givenJob(scene.db);
    await givenRun(scene.db, { outcome: "refused", reason: "the token is not current" });
    await scene.db.query(
      "update family_hub_jobs.breaker set opened_at = now(), reason = 'Zitadel is down'",
    );

    const open = await show(scene, id);
    await scene.db.query(
      "update family_hub_jobs.breaker set paused_until = now() + interval '1 minute'",
    );
    const paused = await show(scene, id);

    expect(codes(open)).to.deep.equal(["due", "breaker_open"]);
    expect(open.whyNotNow[0]?.text).to.include("ended refused: the token is not current.");
    expect(open.whyNotNow[1]?.text).to.include("Zitadel is down");
    expect(codes(paused)).to.deep.equal(["due", "paused"]);
  });

  it("predicts what the next run will say about name and key", async () => {
    const taken = await givenJob(scene.db);
    await givenUser(scene.db, { username: taken.username });
    const address = await givenJob(scene.db);
    await givenUser(scene.db, { email: `${address.username}@noemail.family-hub.internal` });
    const odd = await givenJob(scene.db, { username: "x" });
    const other = await givenJob(scene.db);
    const env = {
      PASSWORD_KEYS_FILE: file("ring.json", JSON.stringify({ keys: [await generateKey("EC")] })),
    };
    const noRing = { PASSWORD_KEYS_FILE: undefined };

    const answers = [
      await show(scene, taken.id, noRing),
      await show(scene, address.id, noRing),
      await show(scene, odd.id, noRing),
      await show(scene, other.id, noRing),
      await show(scene, other.id),
      await show(scene, other.id, env),
    ];

    expect(answers.map(codes)).to.deep.equal([
      ["due", "username_taken"],
      ["due", "username_taken"],
      ["due", "invalid_argument"],
      ...[["due"], ["due"], ["due", "key_missing"]],
    ]);
    const { report } = await scene.retry();
    expect(report).to.include({ failed: 3, created: 1 });
    expect(answers[0]?.nextTry).to.match(
      /fails permanently without asking Zitadel: The username belongs/,
    );
    expect(answers[5]?.whyNotNow[1]?.text).to.match(/^Its password key "\S+" is not in the ring/);
    expect(answers[5]?.nextTry).to.match(
      /^Attempt 1 of 6 waits until the key "\S+" is in the ring/,
    );
  });

  it("says of an account that may exist that it is adopted, as the next run does", async () => {
    const job = await givenJob(scene.db, { retryCount: 1 });
    await givenAttempt(scene.db, job.id, {
      errorCode: "timeout",
      outcome: "retried",
      retryCount: 1,
    });
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });

    const { nextTry } = await show(scene, job.id);
    const { report } = await scene.retry();

    expect(nextTry).to.match(/^Attempt 2 of 6 .* adopts it\. If Zitadel fails, retry 2 of 5 /);
    expect(report).to.include({ adopted: 1, created: 0 });
  });

  it("is above the timeline for people, and nothing in it moves the cursor", async () => {
    const job = await givenJob(scene.db, {
      ...FAILED,
      lastErrorMessage: "late\u001b[2J\r\n\u202eagain",
    });

    const { code, stdout, stderr } = await scene.cli(["queue", "show", `job/${job.id}`]);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const [, outlook = "", timeline = ""] = stdout.split("\n\n");
    expect(outlook.split("\n").map((line) => line.split(/ {2,}/)[0])).to.deep.equal([
      ...["Why not now", "Next try", "Requeue"],
    ]);
    expect(timeline).to.match(/^WHEN /);
    expect(outlook).to.include("late [2J again");
    expect(outlook).to.include(`\`fhj queue requeue ${job.id}\` makes it due at once`);
  });

  it("says of a requeue what a requeue does", async () => {
    const failed = await givenJob(scene.db, FAILED);
    const erased = await givenJob(scene.db, { ...FAILED, encryptedPassword: "" });

    const promised = [await show(scene, failed.id), await show(scene, erased.id)];
    const { requeued } = await scene.json<{ requeued: string[] }>([
      ...["queue", "requeue", failed.id, erased.id],
    ]);

    expect(promised.map(({ requeue }) => requeue.possible)).to.deep.equal([true, false]);
    expect(requeued).to.deep.equal([failed.id]);
    expect((await show(scene, failed.id)).requeue).to.deep.equal({
      possible: false,
      text:
        "`queue requeue` changes nothing: it is already pending; " +
        `\`fhj retry-accounts --job ${failed.id}\` tries it at once.`,
    });
  });

  it("changes nothing and says the same twice", async () => {
    const job = await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);

    const [first, second] = [await show(scene, job.id), await show(scene, job.id)];

    expect({ ...second, whyNotNow: [] }).to.deep.equal({ ...first, whyNotNow: [] });
    expect(codes(second)).to.deep.equal(codes(first));
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("needs no ring: it works with a broken one", async () => {
    const { id } = await givenJob(scene.db);
    const broken = { PASSWORD_KEYS_FILE: file("broken.json", "{}") };

    expect(codes(await show(scene, id, broken))).to.deep.equal(["due"]);
  });
});

describe("the outlook in queue show without the family of the job", () => {
  const scene = setScene("script");

  it("says that it is missing, as the next run will", async () => {
    const id = randomUUID();
    const familyId = randomUUID();
    const encryptedPassword = await sealForTest("Aa1!a_password", id);
    await givenJob(scene.db, { id, familyId, encryptedPassword });

    const shown = await show(scene, id);
    const { report } = await scene.retry();

    expect(codes(shown)).to.deep.equal(["due", "family_missing"]);
    expect(shown.whyNotNow[1]?.text).to.include(familyId);
    expect(report).to.include({ failed: 1 });
  });

  it("says that it is deleted, as the next run will, which makes no account", async () => {
    const { id, familyId } = await givenJob(scene.db);
    await scene.db.query("update auth.families set deleted_at = now() where id = $1", [familyId]);

    const shown = await show(scene, id);
    const { report } = await scene.retry();

    expect(codes(shown)).to.deep.equal(["due", "family_deleted"]);
    expect(shown.whyNotNow[1]?.text).to.include(`${familyId} was deleted`);
    expect(report).to.include({ failed: 1, created: 0 });
    expect(await readJob(scene.db, id)).to.include({
      ...{ status: "failed", lastErrorCode: "invalid_argument", retryCount: 0 },
      lastErrorMessage: "The family was deleted in FamilyHub",
    });
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
  });
});

describe("the deployed roles", () => {
  const scene = setScene("ef");

  before(() => runRoleFile(scene.db));

  it("see in queue show, queue stats, queue errors and runs what each may see", async () => {
    const job = await givenJob(scene.db, FAILED);
    const taken = await givenJob(scene.db);
    await givenUser(scene.db, { username: taken.username });
    await givenRun(scene.db);

    const [reader, tool] = await Promise.all(
      [READER, TOOL].map(async (role) => {
        const env = asRole(scene.db, role);
        return {
          failed: await show(scene, job.id, env),
          due: await show(scene, taken.id, env),
          others: await Promise.all(
            [["queue", "stats"], ["queue", "errors"], ["runs"]].map((args) => scene.cli(args, env)),
          ),
        };
      }),
    );

    expect(reader?.failed.requeue.text).to.include("if its password is still there");
    expect(tool?.failed.requeue.text).not.to.include("if its");
    expect(reader && codes(reader.due)).to.deep.equal(["due"]);
    expect(tool && codes(tool.due)).to.deep.equal(["due", "username_taken"]);
    for (const { code, stdout, stderr } of [...(reader?.others ?? []), ...(tool?.others ?? [])]) {
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).not.to.equal("");
    }
  });
});
