// queue verify: what Zitadel says of the accounts of jobs, asked without changing anything anywhere.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { asRole, READER, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenDueJobs } from "../support/given-many.ts";
import {
  givenFamily,
  givenJob,
  sealForTest,
  type GivenJob,
  type JobFields,
} from "../support/given.ts";
import { givenAttempt } from "../support/given-ledger.ts";
import { givenHeld, givenUser, moment } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

interface VerifyJson {
  readonly jobs: readonly {
    readonly id: string;
    readonly status: string | null;
    readonly username: string | null;
    readonly verdict: string;
    readonly zitadelUserId: string | null;
    readonly requeueable: boolean;
    readonly advice: string;
  }[];
  readonly counts: Readonly<Record<string, number>>;
}

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };
const NONE = { created: 0, usernameTaken: 0, absent: 0, mismatch: 0, unknown: 0, notFound: 0 };

const verify = async (scene: Scene, ...args: string[]) => {
  const { code, stdout, stderr } = await scene.cli(["queue", "verify", ...args, "--json"]);
  return { code, stderr, report: JSON.parse(stdout) as VerifyJson };
};
const verdicts = ({ jobs }: VerifyJson) => jobs.map(({ verdict }) => verdict);

/** So that Zitadel shows somebody, and an absence is not doubtful. */
const givenSomebody = (scene: Scene) => scene.zitadel.control.addUser({ username: "somebody" });
const givenAccountOf = (scene: Scene, { id, username }: Pick<GivenJob, "id" | "username">) =>
  scene.zitadel.control.addUser({ userId: id, username });

/** Nothing was written: to no table, and not to Zitadel. */
async function unchanged(scene: Scene, work: () => Promise<void>): Promise<void> {
  const before = [await wholeDatabase(scene.db), await scene.zitadel.control.listUsers()];
  await work();
  expect([await wholeDatabase(scene.db), await scene.zitadel.control.listUsers()]).to.deep.equal(
    before,
  );
  const { CreateUser, AddHumanUser } = (await scene.zitadel.control.counters()).requests;
  expect({ CreateUser, AddHumanUser }).to.deep.equal({ CreateUser: 0, AddHumanUser: 0 });
}

for (const variant of VARIANTS) {
  describe(`queue verify on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("has a verdict on each failed job, and a hint what to do, and changes nothing", async () => {
      const { userId: bearer } = await givenSomebody(scene);
      const created = await givenJob(scene.db, { ...FAILED, status: " Failed" });
      const taken = await givenJob(scene.db, { ...FAILED, username: "somebody" });
      const absent = await givenJob(scene.db, FAILED);
      const mismatch = await givenJob(scene.db, FAILED);
      const held = await givenJob(scene.db, FAILED);
      await givenAccountOf(scene, created);
      await givenAccountOf(scene, { id: mismatch.id, username: "other_name" });
      const externalUserId = "12345";
      await givenUser(scene.db, { username: held.username, externalUserId });
      const ids = [created, taken, absent, mismatch, held].map(({ id }) => id);

      await unchanged(scene, async () => {
        const { code, stderr, report } = await verify(scene, ...ids, UNKNOWN);

        expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
        expect(report.counts).to.deep.equal({
          ...{ created: 1, usernameTaken: 2, absent: 1, mismatch: 1, unknown: 0, notFound: 1 },
        });
        expect(report.jobs.map(({ id }) => id)).to.deep.equal([...ids, UNKNOWN]);
        expect(verdicts(report)).to.deep.equal([
          ...["created", "username_taken", "absent", "mismatch", "username_taken", "not_found"],
        ]);
        expect(report.jobs.map(({ zitadelUserId }) => zitadelUserId)).to.deep.equal([
          ...[created.id, bearer, null, mismatch.id, externalUserId, null],
        ]);
        expect(report.jobs.map(({ requeueable }) => requeueable)).to.deep.equal([
          ...[true, false, true, false, false, false],
        ]);
        expect(report.jobs.map(({ status }) => status)).to.deep.equal([
          ...["failed", "failed", "failed", "failed", "failed", null],
        ]);
        expect(report.jobs[0]?.advice).to.equal(
          `\`queue requeue ${created.id}\`: the next run adopts the account`,
        );
        expect(report.jobs[2]?.advice).to.equal(`\`queue requeue ${absent.id}\``);
      });
    });

    it("is right: after a requeue of those it names, each of them is completed", async () => {
      await givenSomebody(scene);
      const created = await givenJob(scene.db, FAILED);
      const absent = await givenJob(scene.db, FAILED);
      await givenJob(scene.db, { ...FAILED, username: "somebody" });
      await givenJob(scene.db, { ...FAILED, encryptedPassword: "" });
      await givenAccountOf(scene, created);

      const { stdout } = await scene.cli(["queue", "verify", "--status", "failed", "-o", "name"]);
      await scene.cli(["queue", "requeue", "-"], {}, { stdin: stdout });
      const { report } = await scene.retry();

      expect(stdout.trim().split("\n")).to.have.members([created.id, absent.id]);
      expect(report).to.include({ created: 1, adopted: 1, failed: 0 });
    });

    it("takes the filters of queue list, of failed jobs where none is for a state, oldest first", async () => {
      const at = (offset: string) => moment(variant, offset);
      const familyId = await givenFamily(scene.db);
      const young = await givenJob(scene.db, { ...FAILED, familyId, createdAt: at("-1 hour") });
      const old = await givenJob(scene.db, { ...FAILED, familyId, createdAt: at("-2 hours") });
      const pending = await givenJob(scene.db, { familyId });
      await givenJob(scene.db, FAILED);

      const failed = await verify(scene, "--family", familyId);
      const limited = await verify(scene, "--family", familyId, "--limit", "1");
      const waiting = await verify(scene, "--family", familyId, "--status", "pending");

      const ids = ({ report }: typeof failed) => report.jobs.map(({ id }) => id);
      expect(ids(failed)).to.deep.equal([old.id, young.id]);
      expect(ids(limited)).to.deep.equal([old.id]);
      expect(limited.stderr).to.include("More jobs match: these are the oldest 1.");
      expect(ids(waiting)).to.deep.equal([pending.id]);
      expect(failed.stderr).not.to.include("More jobs");
      expect(failed.stderr).to.match(
        /^Not asked for, though they match: 1 pending\. To ask for them, add --status pending$/m,
      );
      expect(waiting.stderr).not.to.include("Not asked");
    });
  });
}

describe("queue verify", () => {
  const scene = setScene("ef");
  const calls = async () => {
    const { GetUserByID, ListUsers, token } = (await scene.zitadel.control.counters()).requests;
    return { asked: GetUserByID + ListUsers, token };
  };

  it("reports what each state of a job makes of an account that is there, or is not", async () => {
    await givenSomebody(scene);
    const states: readonly JobFields[] = [
      { status: "completed" },
      { nextRetryAt: "now() + interval '1 hour'" },
      { status: "archived" },
      { ...FAILED, retryCount: 7 },
      { ...FAILED, encryptedPassword: "" },
      { status: "failed", lastErrorCode: "canceled", encryptedPassword: "" },
      { ...FAILED, lastErrorCode: "undecryptable" },
      { ...FAILED, lastErrorCode: "id_taken" },
      { ...FAILED, role: "no role" },
    ];
    const there = [];
    const gone = [];
    for (const fields of states) {
      there.push(await givenJob(scene.db, fields));
      gone.push(await givenJob(scene.db, fields));
    }
    for (const job of there) await givenAccountOf(scene, job);

    const created = (await verify(scene, ...there.map(({ id }) => id))).report;
    const absent = (await verify(scene, ...gone.map(({ id }) => id))).report;

    expect(created.counts).to.deep.equal({ ...NONE, created: states.length });
    expect(absent.counts).to.deep.equal({ ...NONE, absent: states.length });
    const words = [
      ["it is completed", "who removed the account"],
      ["next try adopts", "next try creates"],
      ['status is "archived"', 'status is "archived"'],
      ["retry_count is 7", "retry_count is 7"],
      ["erased, so no run adopts it", "erased: `queue add`"],
      ["canceled on purpose, but", "canceled on purpose; if not, `queue add`"],
      ["fails again (undecryptable): rename", "fails again (undecryptable): `queue add`"],
      ["adopts the account", "refused again, a removed organization"],
      [
        "fails again (The role is not valid): rename",
        "fails again (The role is not valid): `queue add`",
      ],
    ];
    for (const [index, [ofCreated, ofAbsent]] of words.entries()) {
      expect(created.jobs[index]?.advice).to.include(ofCreated);
      expect(absent.jobs[index]?.advice).to.include(ofAbsent);
    }
    const helped = ({ jobs }: VerifyJson) =>
      jobs.flatMap(({ requeueable }, index) => (requeueable ? [index] : []));
    expect(helped(created)).to.deep.equal([7]);
    expect(helped(absent)).to.deep.equal([7]);
  });

  it("says of a requeue what the run then does", async () => {
    await givenSomebody(scene);
    const fields: readonly JobFields[] = [
      FAILED,
      { ...FAILED, lastErrorCode: "username_taken" },
      { ...FAILED, username: "somebody" },
      { ...FAILED, role: "no role" },
      {
        ...FAILED,
        encryptedPassword: await sealForTest("Aa1!x", randomUUID()),
        lastErrorCode: "undecryptable",
      },
    ];
    const jobs = [];
    for (const one of fields) jobs.push(await givenJob(scene.db, one));
    const ids = jobs.map(({ id }) => id);

    const { report } = await verify(scene, ...ids);
    await scene.cli(["queue", "requeue", ...ids]);
    await scene.retry();

    const rows = await scene.db.query<{ id: string; status: string }>(
      "select id, status from auth.queued_managed_account_creations",
    );
    const done = ids.map((id) => rows.find((row) => row.id === id)?.status === "completed");
    expect(done).to.deep.equal(report.jobs.map(({ requeueable }) => requeueable));
    expect(done).to.deep.equal([true, true, false, false, false]);
  });

  it("finds who has a refused name in another organization", async () => {
    const job = await givenJob(scene.db, { ...FAILED, lastErrorCode: "internal" });
    await givenAttempt(scene.db, job.id, {
      ...{ outcome: "failed", errorCode: "internal", grpcCode: 6, zitadelErrorId: "V3-DKcYh" },
    });
    const { username } = job;
    const { userId } = await scene.zitadel.control.addUser({ username, orgId: "org-b" });

    const { report } = await verify(scene, job.id);

    expect(report.jobs[0]).to.include({
      ...{ verdict: "username_taken", zitadelUserId: userId, requeueable: false },
    });
    expect(report.jobs[0]?.advice).to.include("in organization org-b");
  });

  it("says of an account that is there that it was renamed or locked", async () => {
    const job = await givenJob(scene.db, FAILED);
    await scene.zitadel.control.addUser({
      ...{ userId: job.id, username: "kim_renamed", state: "locked" },
      metadata: { "familyhub.job_id": job.id, "familyhub.family_id": job.familyId },
    });

    const { report } = await verify(scene, job.id);

    expect(report.jobs[0]).to.include({ verdict: "created", requeueable: true });
    expect(report.jobs[0]?.advice).to.include('now "kim_renamed"').and.to.include("locked");
  });

  it("knows the last refusal: somebody whom Zitadel hides may have the name", async () => {
    const unknownMethods = ["GetUserByLoginNameGlobal"] as const;
    await scene.zitadel.control.changeSettings({ unknownMethods });
    await givenSomebody(scene);
    const job = await givenJob(scene.db, { ...FAILED, lastErrorCode: "internal" });
    await givenAttempt(scene.db, job.id, {
      ...{ outcome: "failed", errorCode: "internal", grpcCode: 6, zitadelErrorId: "V3-DKcYh" },
    });

    const { report } = await verify(scene, job.id);

    expect(report.jobs[0]).to.include({ verdict: "absent", requeueable: true });
    expect(report.jobs[0]?.advice).to.include("a user that the service account cannot see has it");
  });

  it("is a table for people, ids for other commands, and a line of JSON each", async () => {
    await givenSomebody(scene);
    const job = await givenJob(scene.db, { ...FAILED, username: "kim\u001b[2J" });

    const [table, names, lines] = [
      await scene.cli(["queue", "verify", `job/${job.id}`, UNKNOWN]),
      await scene.cli(["queue", "verify", job.id, "-o", "name"]),
      await scene.cli(["queue", "verify", job.id, job.id.toUpperCase(), "-o", "jsonl"]),
    ];

    expect(table.stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4))).to.deep.equal([
      ["ID", "STATUS", "VERDICT", "ZITADEL-USER"],
      [job.id, "failed", "absent", "<none>"],
      [UNKNOWN, "<none>", "not_found", "<none>"],
      [""],
    ]);
    expect(table.stdout).to.include("kim [2j");
    expect(table.stdout.split("\n")[0]).to.match(/USERNAME +ADVICE$/);
    expect(names.stdout).to.equal("");
    expect(lines.stdout.trim().split("\n")).to.have.lengthOf(1);
    expect(JSON.parse(lines.stdout)).to.include({ id: job.id, verdict: "absent" });
  });

  it("says the same twice and changes nothing", async () => {
    await givenSomebody(scene);
    const jobs = [
      await givenJob(scene.db, FAILED),
      await givenJob(scene.db, { status: "completed" }),
    ];
    await givenHeld(scene.db, await givenJob(scene.db), "1 minute");

    await unchanged(scene, async () => {
      const first = await verify(scene, ...jobs.map(({ id }) => id));
      const second = await verify(scene, ...jobs.map(({ id }) => id));
      expect(second).to.deep.equal(first);
    });
  });

  it("asks nobody when there is nothing to ask, and needs no ring", async () => {
    const env = { PASSWORD_KEYS_FILE: undefined };

    const piped = await scene.cli(["queue", "verify", "-", "--json"], env);
    const filtered = await scene.cli(["queue", "verify", "--status", "failed"], env);
    const unknown = await scene.cli(["queue", "verify", UNKNOWN], env);

    expect(piped.code).to.equal(0);
    expect(JSON.parse(piped.stdout)).to.deep.equal({ jobs: [], counts: NONE });
    expect(filtered).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(unknown.code).to.equal(1);
    expect(await calls()).to.deep.equal({ asked: 0, token: 0 });
  });

  it("refuses neither and both, a limit on ids, and what is no id, with 64", async () => {
    const results = await Promise.all(
      [
        [],
        [UNKNOWN, "--status", "failed"],
        [UNKNOWN, "--limit", "5"],
        ["123"],
        ["--status", "gone"],
        ["--limit", "5"],
      ].map((args) => scene.cli(["queue", "verify", ...args])),
    );

    expect(results.map(({ code, stdout }) => ({ code, stdout }))).to.deep.equal(
      results.map(() => ({ code: 64, stdout: "" })),
    );
    expect(results[0]?.stderr).to.include("queue verify ID");
    expect(await calls()).to.deep.equal({ asked: 0, token: 0 });
  });

  it("ends with 78 when no Zitadel is configured, before anything is touched", async () => {
    const { code, stderr } = await scene.cli(["queue", "verify", UNKNOWN], {
      ZITADEL_URL: undefined,
    });

    expect(code).to.equal(78);
    expect(stderr).to.include("ZITADEL_URL");
  });

  it("waits for no run, and no transaction is open while Zitadel is asked", async () => {
    const { id } = await givenJob(scene.db);
    const pause = { kind: "pause", name: "call", at: "before" } as const;
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", ...pause },
      // After the two that ask for the service account's own organization.
      { method: "GetUserByID", ...pause, name: "question", skip: 2 },
    ]);
    const running = scene.start(["retry-accounts", "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const asking = scene.start(["queue", "verify", id, "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "question" });
    const open = await scene.db.query(
      `select application_name from pg_stat_activity
       where application_name like 'fhj read%' and datname = current_database()`,
    );
    await scene.zitadel.control.setFaults([]);
    await scene.zitadel.control.release("call");
    await running.ended;
    await scene.zitadel.control.release("question");
    const { code, stdout } = await asking.ended;

    expect(open).to.deep.equal([]);
    expect(code).to.equal(0);
    const { jobs } = JSON.parse(stdout) as VerifyJson;
    expect(jobs[0]).to.include({ status: "processing", verdict: "created" });
  });
});

describe("queue verify when Zitadel does not answer", () => {
  const scene = setScene("ef");
  const givenFailed = async (count: number) => {
    const jobs = [];
    for (let n = 0; n < count; n += 1) {
      jobs.push(
        await givenJob(scene.db, { ...FAILED, createdAt: `now() - interval '${n} minutes'` }),
      );
    }
    return jobs.toReversed();
  };
  const one = { RETRY_CONCURRENCY: "1" };
  const failed = ["queue", "verify", "--status", "failed", "--json"];

  it("for one job says so of that one, and ends with 69", async () => {
    await givenSomebody(scene);
    const [first, second] = await givenFailed(2);
    await scene.zitadel.control.addFault({
      ...{ method: "GetUserByID", kind: "db-read-error", match: { userId: first?.id ?? "" } },
    });

    const { code, stdout, stderr } = await scene.cli(failed);
    const { jobs } = JSON.parse(stdout) as VerifyJson;

    expect(code).to.equal(69);
    expect(jobs.map(({ id, verdict }) => [id, verdict])).to.deep.equal([
      [first?.id, "unknown"],
      [second?.id, "absent"],
    ]);
    expect(jobs[0]?.advice).to.include("SQL-KyeAx").and.to.include("ask again");
    expect(stderr).to.include("no answer for 1 of 2 jobs");
  });

  it("stops after five faults in a row, with 69; what it learnt it prints", async () => {
    await givenSomebody(scene);
    const jobs = await givenFailed(20);
    for (const job of jobs.slice(0, 3)) await givenAccountOf(scene, job);
    await scene.zitadel.control.addFault({
      method: "GetUserByID",
      kind: "db-read-error",
      skip: 3 + 1,
    });

    const { code, stdout, stderr } = await scene.cli(failed, one);
    const report = JSON.parse(stdout) as VerifyJson;

    expect(code).to.equal(69);
    expect(report.counts).to.deep.equal({ ...NONE, created: 3, unknown: 17 });
    expect(report.jobs[19]?.advice).to.include("not asked");
    expect(stderr).to.include("queue verify unavailable: Zitadel failed too often in a row");
    // One for the service account's own organization.
    expect((await scene.zitadel.control.counters()).requests.GetUserByID).to.equal(1 + 3 + 5);
  });

  for (const [what, fault, code, outcome] of [
    ["refuses the question", { kind: "grpc", code: 7, id: "AUTH-AWfge" }, 77, "refused"],
    ["asks to wait", { kind: "http", status: 429 }, 75, "stopped"],
  ] as const) {
    it(`stops when Zitadel ${what}, with ${code}; what it learnt it prints`, async () => {
      const jobs = await givenFailed(4);
      for (const job of jobs) await givenAccountOf(scene, job);
      await scene.zitadel.control.addFault({ method: "GetUserByID", ...fault, skip: 3 });

      const result = await scene.cli(failed, one);

      expect(result.code).to.equal(code);
      const { counts } = JSON.parse(result.stdout) as VerifyJson;
      expect(counts).to.deep.equal({ ...NONE, created: 2, unknown: 2 });
      expect(result.stderr).to.include(`queue verify ${outcome}: Zitadel: `);
    });
  }

  for (const [what, set, code] of [
    ["is down", () => scene.zitadel.control.setDown(true), 69],
    [
      "refuses the key",
      () => scene.zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false }),
      77,
    ],
  ] as const) {
    it(`checks FamilyHub's own names although Zitadel ${what}, and ends with ${code}`, async () => {
      const [job] = await givenFailed(1);
      const taken = await givenJob(scene.db, { ...FAILED, username: "taken_kid" });
      await givenUser(scene.db, { username: "taken_kid", externalUserId: "9" });
      await set();

      const result = await scene.cli([
        "queue",
        "verify",
        job?.id ?? "",
        taken.id,
        UNKNOWN,
        "--json",
      ]);
      await scene.zitadel.control.setDown(false);

      expect(result.code).to.equal(code);
      const report = JSON.parse(result.stdout) as VerifyJson;
      expect(verdicts(report)).to.deep.equal(["unknown", "username_taken", "not_found"]);
      expect(result.stderr).to.match(/^family-hub-jobs: queue verify \w+: /);
    });
  }

  it("says that an absence proves nothing where Zitadel shows no person at all", async () => {
    const [job] = await givenFailed(1);
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });
    const args = ["queue", "verify", job?.id ?? ""];

    const hidden = await scene.cli(args);
    const quiet = await scene.cli([...args, "-q"]);
    await givenAccountOf(scene, { id: job?.id ?? "", username: job?.username ?? "" });
    const refused = await scene.cli(args);

    expect(hidden.code).to.equal(0);
    expect(hidden.stderr).to.include("ORG_USER_MANAGER");
    expect(quiet.stderr).to.equal("");
    expect(refused.code).to.equal(77);
    expect(refused.stderr).to.include("not a member of the organization");
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`finishes what is in flight at ${signal}, prints what it learnt and ends with ${code}`, async () => {
      const jobs = await givenFailed(5);
      for (const job of jobs) await givenAccountOf(scene, job);
      await scene.zitadel.control.addFault({
        ...{ method: "GetUserByID", kind: "pause", name: "question", at: "before", skip: 3 },
      });
      const running = scene.start(failed, one);
      await scene.zitadel.control.waitForPaused({ name: "question" });

      await running.interrupt(signal);
      await scene.zitadel.control.release("question");
      const result = await running.ended;

      expect(result.code).to.equal(code);
      const { counts } = JSON.parse(result.stdout) as VerifyJson;
      expect(counts).to.deep.equal({ ...NONE, created: 3, unknown: 2 });
      expect(result.stderr).to.include(`queue verify interrupted: ${signal}`);
    });
  }

  it("begins no question after --max-duration, and ends with 75", async () => {
    await givenFailed(2);

    const result = await scene.cli([...failed, "--max-duration", "0s"]);

    expect(result.code).to.equal(75);
    expect((JSON.parse(result.stdout) as VerifyJson).counts).to.include({ unknown: 2 });
  });
});

describe("queue verify of 300 jobs", () => {
  const scene = setScene();
  const given = async () => {
    await givenSomebody(scene);
    const ids = await givenDueJobs(scene.db, 300);
    // The first 20 and the last 20 have none.
    for (let index = 20; index < 280; index += 1) {
      await scene.zitadel.control.addUser({
        userId: ids[index] ?? "",
        username: `kid_${index + 1}`,
      });
    }
    return ids;
  };

  it("keeps RETRY_CONCURRENCY and ZITADEL_RATE, fetches one token and changes nothing", async () => {
    await given();
    const env = { ZITADEL_RATE: "200/s", RETRY_CONCURRENCY: "7" };

    await unchanged(scene, async () => {
      const pending = ["queue", "verify", "--status", "pending", "--json"];
      const { code, stdout } = await scene.cli(pending, env);

      expect(code).to.equal(0);
      expect((JSON.parse(stdout) as VerifyJson).counts).to.deep.equal({
        ...{ ...NONE, created: 260, absent: 40 },
      });
    });

    const calls = await scene.zitadel.control.calls();
    const questions = calls.filter(
      ({ method }) => method.startsWith("Get") || method === "ListUsers",
    );
    // The organization; each once; of the absent a name and a second look; one person. Of the others
    // the metadata as well.
    expect(questions).to.have.lengthOf(1 + 300 + 40 * 2 + 1);
    expect(calls.filter(({ method }) => method === "token")).to.have.lengthOf(1);
    const at = questions.map((call) => call.at);
    const inOneSecond = at.map((from) => at.filter((ms) => ms >= from && ms < from + 1000).length);
    expect(Math.max(...inOneSecond)).to.be.at.most(210);
  });

  it("has no more questions in flight than RETRY_CONCURRENCY", async () => {
    await given();
    const pause = { method: "GetUserByID", kind: "pause", name: "question", at: "before" } as const;
    await scene.zitadel.control.addFault({ ...pause, skip: 1 });
    const running = scene.start(["queue", "verify", "--status", "pending"], {
      RETRY_CONCURRENCY: "7",
    });

    await scene.zitadel.control.waitForPaused({ name: "question", count: 7 });
    await running.interrupt("SIGTERM");
    const { GetUserByID } = (await scene.zitadel.control.counters()).requests;
    await scene.zitadel.control.setFaults([]);
    await scene.zitadel.control.release("question");

    expect(GetUserByID).to.equal(1 + 7);
    expect((await running.ended).code).to.equal(143);
  });
});

describe("queue verify by the deployed roles", () => {
  const scene = setScene("ef");

  before(() => runRoleFile(scene.db));

  it("shows each role what it may see: only the tool's sees erased passwords and FamilyHub's names", async () => {
    await givenSomebody(scene);
    const erased = await givenJob(scene.db, { ...FAILED, encryptedPassword: "" });
    const held = await givenJob(scene.db, FAILED);
    await givenUser(scene.db, { username: held.username });
    const args = ["queue", "verify", erased.id, held.id, "--json"];

    const [tool, reader] = await Promise.all(
      [TOOL, READER].map(async (role) => {
        const { code, stdout } = await scene.cli(args, asRole(scene.db, role));
        const { jobs } = JSON.parse(stdout) as VerifyJson;
        return [code, jobs.map(({ verdict, requeueable }) => [verdict, requeueable])];
      }),
    );

    expect(tool).to.deep.equal([
      0,
      [
        ["absent", false],
        ["username_taken", false],
      ],
    ]);
    expect(reader).to.deep.equal([
      0,
      [
        ["absent", true],
        ["absent", true],
      ],
    ]);
  });
});
