// What FamilyHub's API does to a job's row, or to what surrounds it, while Zitadel creates the account.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenFamily, givenJob, readJob, type GivenJob } from "../support/given.ts";
import { givenDueJobs } from "../support/given-many.ts";
import {
  givenUser,
  openTransaction,
  readAttempts,
  readEvents,
  whenLeasesEnd,
} from "../support/rows.ts";
import { parseReport, setScene, type Running, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const QUEUE = "auth.queued_managed_account_creations";
const isDone = `(select count(*) from ${QUEUE} where status = 'completed')`;

/** A run whose call for this job has created the account, and whose answer is on its way. */
async function givenAnswerOnItsWay(
  { zitadel, start }: Scene,
  { id }: Pick<GivenJob, "id">,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  await zitadel.control.addFault({
    ...{ method: "CreateUser", match: { userId: id } },
    ...{ kind: "pause", name: "answer", at: "after", times: 1 },
  });
  const run = start(["retry-accounts", "--json"], env);
  await zitadel.control.waitForPaused({ name: "answer" });
  return run;
}

/** Resolves once the run has printed this to stderr. */
function printed({ process }: Running, text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stderr?.on("data", (chunk: string) => {
      if (chunk.includes(text)) resolve();
    });
  });
}

describe("a job that is changed while its account is created", () => {
  const scene = setScene();

  it("is settled with what was sent: user row, event and account agree, and `queue show` names the change", async () => {
    const job = await givenJob(scene.db, { fullName: "Kim Smith" });
    const run = await givenAnswerOnItsWay(scene, job);
    const family = await givenFamily(scene.db);
    await scene.db.query(
      `update ${QUEUE} set username = 'new_name', full_name = 'Kim Jones', role = 'member', family_id = $2
       where id = $1`,
      [job.id, family],
    );

    await scene.zitadel.control.release("answer");
    const { code, stderr, ...result } = await run.ended;

    expect([code, parseReport({ code, stderr, ...result }).created]).to.deep.equal([0, 1]);
    const sent = {
      ...{ username: job.username, fullName: "Kim Smith" },
      ...{ role: "managed_account", familyId: job.familyId },
    };
    const [user] = await scene.db.query(
      `select username, full_name as "fullName", role, family_id as "familyId" from auth.users`,
    );
    expect(user).to.deep.equal(sent);
    const [event] = await readEvents(scene.db);
    expect(event?.payload).to.include(sent);
    const { stdout } = await scene.cli(["queue", "show", job.id]);
    for (const told of [stdout, stderr]) {
      expect(told).to.include("changed in FamilyHub meanwhile");
      expect(told).to.match(/username \\?"\w+\\?" is now \\?"new_name\\?"/);
      expect(told).to.match(/full name \\?"Kim Smith\\?" is now \\?"Kim Jones\\?"/);
    }
  });

  it("is this run's also where the status was overwritten: the claim counts, not what the row says", async () => {
    const job = await givenJob(scene.db);
    const run = await givenAnswerOnItsWay(scene, job);
    await scene.db.query(`update ${QUEUE} set status = 'pending' where id = $1`, [job.id]);

    await scene.zitadel.control.release("answer");

    expect((await run.ended).code).to.equal(0);
    await expectEachOnce(scene, [job.id]);
  });
});

describe("a job whose claim is undone while its account is created, as by a failover", () => {
  const scene = setScene();

  it("is named, left as it is, and adopted by the next run", async () => {
    const job = await givenJob(scene.db);
    const run = await givenAnswerOnItsWay(scene, job);
    await scene.db.query(
      `update ${QUEUE} set status = 'pending', claimed_by_run_id = null, lease_expires_at = null;
       delete from family_hub_jobs.runs`,
    );

    await scene.zitadel.control.release("answer");
    const { code, stdout, stderr } = await run.ended;

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ claimed: 1, created: 0, failed: 0 });
    expect(stderr).to.include("no longer held").and.to.include(job.id);
    expect((await scene.retry()).report).to.include({ adopted: 1, created: 0 });
    await expectEachOnce(scene, [job.id]);
  });
});

describe("a job that is deleted while its account is created", () => {
  const scene = setScene();

  it("leaves an attempt and a line with the account's id, and the run ends with 1", async () => {
    const [job, other] = [await givenJob(scene.db), await givenJob(scene.db)];
    const run = await givenAnswerOnItsWay(scene, job);
    await scene.db.query(`delete from ${QUEUE} where id = $1`, [job.id]);

    await scene.zitadel.control.release("answer");
    const { code, stdout, stderr } = await run.ended;

    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.include({
      created: 1,
      deletedMeanwhile: 1,
      outcome: "completed",
    });
    const [line] = stderr.split("\n").filter((text) => text.includes("deleted while Zitadel"));
    expect(JSON.parse(line ?? "{}")).to.include({
      jobId: job.id,
      zitadelUserId: job.id,
      level: "error",
    });
    expect(stderr).not.to.include("no longer held");
    expect((await readAttempts(scene.db, job.id)).map(({ outcome }) => outcome)).to.deep.equal([
      "created",
    ]);
    const { message } = await scene.db.one<{ message: string }>(
      "select message from family_hub_jobs.attempts where job_id = $1",
      [job.id],
    );
    expect(message).to.include(`the account ${job.id} has no user row`);
    await expectOnlyUserOf(scene, other);
  });

  it("costs nothing if this run never asked Zitadel; the log names it, as an earlier run may have", async () => {
    const [job, other] = [await givenJob(scene.db), await givenJob(scene.db)];
    const run = await givenAnswerOnItsWay(scene, job, { RETRY_CONCURRENCY: "1" });
    await scene.db.query(`delete from ${QUEUE} where id = $1`, [other.id]);
    await run.interrupt("SIGTERM");

    await scene.zitadel.control.release("answer");
    const { stdout, stderr } = await run.ended;

    expect(JSON.parse(stdout)).to.include({ deletedMeanwhile: 0, created: 1 });
    const [line] = stderr.split("\n").filter((text) => text.includes("before it was tried"));
    expect(JSON.parse(line ?? "{}")).to.include({ jobId: other.id, level: "info" });
    expect(await readAttempts(scene.db, other.id)).to.deep.equal([]);
  });

  async function expectOnlyUserOf({ db }: Scene, { id }: GivenJob): Promise<void> {
    const users = await db.query("select external_user_id as id from auth.users");
    expect(users).to.deep.equal([{ id }]);
  }
});

describe("a job whose row is locked when its account exists", () => {
  const scene = setScene();

  for (const timeout of ["0", "1s"]) {
    it(`delays no other, and is settled when it is unlocked (statement_timeout ${timeout})`, async () => {
      const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
      await scene.db.query(`alter database ${name} set statement_timeout = '${timeout}'`);
      const ids = await givenDueJobs(scene.db, 8);
      const [id = ""] = ids;
      const run = await givenAnswerOnItsWay(scene, { id });
      const lock = await openTransaction(
        scene.db,
        `select from ${QUEUE} where id = '${id}' for update`,
      );

      const isNamed = printed(run, "row of a job is locked");
      await scene.zitadel.control.release("answer");
      await Promise.all([isNamed, until(scene.db, `${isDone} = 7`)]);
      await lock.commit();
      const { code, stdout, stderr } = await run.ended;

      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.include({ outcome: "completed", created: 8, adopted: 0 });
      expect(stderr).to.include("row of a job is locked");
      await expectEachOnce(scene, ids);
    });
  }

  it("is said to be locked by the run itself, where its own lost session holds it", async () => {
    const [id = ""] = await givenDueJobs(scene.db, 1);
    const run = await givenAnswerOnItsWay(scene, { id });
    const { name } = await scene.db.one<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where application_name like 'fhj retry%' and datname = current_database() limit 1`,
    );
    const lock = await openTransaction(
      scene.db,
      `set application_name = '${name}'; select from ${QUEUE} where id = '${id}' for update`,
    );

    const isNamed = printed(run, "a former session of this run");
    await scene.zitadel.control.release("answer");
    await isNamed;
    await lock.commit();

    expect(await run.ended).to.include({ code: 0 });
    await expectEachOnce(scene, [id]);
  });

  it("is named when it stays locked, with 75, and adopted by a later run", async () => {
    const ids = await givenDueJobs(scene.db, 2);
    const [id = ""] = ids;
    const run = await givenAnswerOnItsWay(
      scene,
      { id },
      {
        ...{ RETRY_LEASE: "10s", ZITADEL_TIMEOUT: "5s" },
      },
    );
    const lock = await openTransaction(
      scene.db,
      `set application_name = 'FamilyHub.Api'; select from ${QUEUE} where id = '${id}' for update`,
    );

    await scene.zitadel.control.release("answer");
    const { code, stdout, stderr } = await run.ended;

    expect(code).to.equal(75);
    expect(JSON.parse(stdout)).to.include({ outcome: "stopped", created: 1 });
    expect(parseReport({ code, stdout, stderr }).reason).to.include(id);
    expect(stderr).to.match(/row of a job is locked.*FamilyHub\.Api.*role \w+, pid \d+/);
    await lock.commit();
    await whenLeasesEnd(scene.db);
    expect((await scene.retry()).report).to.include({ rescued: 1, adopted: 1, created: 0 });
    await expectEachOnce(scene, ids);
  });

  it("is waited for likewise where it is the family that FamilyHub has locked", async () => {
    const [job, ...others] = [
      await givenJob(scene.db),
      await givenJob(scene.db),
      await givenJob(scene.db),
    ];
    const run = await givenAnswerOnItsWay(scene, job);
    const lock = await openTransaction(
      scene.db,
      `select from auth.families where id = '${job.familyId}' for update`,
    );

    await scene.zitadel.control.release("answer");
    await until(scene.db, `${isDone} = 2`);
    await lock.commit();
    const { code } = await run.ended;

    expect(code).to.equal(0);
    await expectEachOnce(
      scene,
      [job, ...others].map(({ id }) => id),
    );
  });
});

describe("a child who signs in before the user row is written", () => {
  const scene = setScene();

  it("already has a user row: the job fails with user_exists, and says where", async () => {
    const job = await givenJob(scene.db);
    const run = await givenAnswerOnItsWay(scene, job);
    const family = await givenFamily(scene.db);
    const user = await givenUser(scene.db, { familyId: family, externalUserId: job.id });

    await scene.zitadel.control.release("answer");
    await run.ended;

    const { lastErrorMessage, ...row } = await readJob(scene.db, job.id);
    expect(row).to.include({ status: "failed", lastErrorCode: "user_exists" });
    expect(lastErrorMessage).to.include(user).and.to.include(family);
    const [event] = await readEvents(scene.db);
    expect(event?.payload).to.include({ errorCode: "user_exists", jobId: job.id });
  });

  it("has a user without a name where FamilyHub made it in the job's family, and the run says so", async () => {
    const job = await givenJob(scene.db);
    const run = await givenAnswerOnItsWay(scene, job);
    const user = await givenUser(scene.db, { familyId: job.familyId, externalUserId: job.id });

    await scene.zitadel.control.release("answer");
    const { stderr } = await run.ended;

    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
    const { message } = await scene.db.one<{ message: string }>(
      "select message from family_hub_jobs.attempts where job_id = $1",
      [job.id],
    );
    for (const told of [stderr, message]) {
      expect(told).to.include(`FamilyHub had made user ${user} for this account itself`);
      expect(told).to.include(job.username);
    }
  });

  it("is adopted after the user was moved to the job's family", async () => {
    const job = await givenJob(scene.db);
    const run = await givenAnswerOnItsWay(scene, job);
    await givenUser(scene.db, { externalUserId: job.id });
    await scene.zitadel.control.release("answer");
    await run.ended;
    await scene.db.query("update auth.users set family_id = $1", [job.familyId]);

    await scene.cli(["queue", "requeue", job.id]);

    expect((await scene.retry()).report).to.include({ adopted: 1, failed: 0 });
    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
  });
});
