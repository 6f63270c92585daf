// Whose an account or a username is, as a whole run decides it: nothing lost, nothing of somebody else's taken.
import { expect } from "chai";
import { spawnCli } from "../support/cli.ts";
import { givenFamily, givenJob, readJob, whenDue } from "../support/given.ts";
import { readAttempts, readEvents, readUsers } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("usernames that users of another organization have", () => {
  const scene = setScene();

  it("fail at once with who has them, never open the breaker, and the others are created", async () => {
    const taken = [];
    for (let index = 0; index < 8; index += 1) {
      const job = await givenJob(scene.db);
      taken.push(job);
      await scene.zitadel.control.addUser({ username: job.username, orgId: "org-b" });
    }
    for (let index = 0; index < 12; index += 1) await givenJob(scene.db);

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", created: 12, failed: 8, retried: 0 });
    for (const { id, username } of taken) {
      const row = await readJob(scene.db, id);
      const holder = await scene.zitadel.control.findUser({ username });
      expect(row).to.include({ status: "failed", lastErrorCode: "username_taken", retryCount: 0 });
      expect(row.lastErrorMessage).to.include(`user ${holder?.userId} of organization org-b`);
    }
  });

  it("are retried without the breaker on a server that cannot be searched, then probably taken", async () => {
    const unknownMethods = ["GetUserByLoginNameGlobal"] as const;
    await scene.zitadel.control.changeSettings({ unknownMethods });
    const jobs = [];
    for (let index = 0; index < 8; index += 1) {
      const job = await givenJob(scene.db);
      jobs.push(job);
      await scene.zitadel.control.addUser({ username: job.username, orgId: "org-b" });
    }

    const ends = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await whenDue(scene.db);
      const { code, report } = await scene.retry();
      ends.push([code, report.retried, report.failed]);
    }

    expect(ends).to.deep.equal([...Array.from({ length: 5 }, () => [0, 8, 0]), [0, 0, 8]]);
    const row = await readJob(scene.db, jobs[0]?.id ?? "");
    expect(row).to.include({ status: "failed", lastErrorCode: "username_taken", retryCount: 5 });
    expect(row.lastErrorMessage).to.include("probably");
  });
});

describe("accounts that Zitadel renamed before a lost reply was asked for", () => {
  const scene = setScene();

  it("are adopted: as many user rows as accounts, and the new name is said", async () => {
    await scene.zitadel.control.changeSettings({ perOrgUsernames: true });
    const jobs = [];
    for (let index = 0; index < 5; index += 1) jobs.push(await givenJob(scene.db));
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "commit-then-drop" },
      { method: "GetUserByID", kind: "drop-before-commit", skip: 1 },
    ]);
    await scene.retry(["--concurrency", "2"]);
    await scene.zitadel.control.setFaults([]);
    await scene.zitadel.control.changeSettings({ perOrgUsernames: false });

    let adopted = 0;
    for (let run = 0; run < 4; run += 1) {
      await whenDue(scene.db);
      adopted += (await scene.retry()).report.adopted;
    }

    const accounts = await scene.zitadel.control.listUsers();
    expect(accounts).to.have.lengthOf(5);
    expect(adopted).to.be.at.least(1);
    for (const { id, username } of jobs) {
      expect(await readJob(scene.db, id)).to.include({ status: "completed", zitadelUserId: id });
      expect(await readUsers(scene.db, id)).to.have.lengthOf(1);
      const [attempt] = (await readAttempts(scene.db, id)).filter(
        ({ outcome }) => outcome === "adopted",
      );
      if (attempt === undefined) continue;
      const { stdout } = await scene.cli(["queue", "show", id]);
      expect(stdout).to.include(`now "${username}@`);
    }
    expect(await readEvents(scene.db)).to.have.lengthOf(5);
  });
});

describe("an account that an earlier run created before FamilyHub renamed the job", () => {
  const scene = setScene();

  it("is adopted, and the user row and the event have the name that signs in", async () => {
    const job = await givenJob(scene.db, { retryCount: 1, fullName: "Kim Lee" });
    const sent = `old_${job.username}`.slice(0, 20);
    await scene.zitadel.control.addUser({
      ...{ userId: job.id, username: sent },
      metadata: { "familyhub.job_id": job.id, "familyhub.family_id": job.familyId },
    });

    const { report } = await scene.retry();

    expect(report).to.include({ adopted: 1, created: 0 });
    const [user] = await readUsers(scene.db, job.id);
    expect(user).to.include({ username: sent, email: `${sent}@noemail.family-hub.internal` });
    const [event] = await readEvents(scene.db);
    // Nobody signs in with the full name: it is the job's, whatever the account says.
    expect(event?.payload).to.include({ username: sent, fullName: "Kim Lee" });
    const { stdout } = await scene.cli(["queue", "show", job.id]);
    expect(stdout).to.include(`its username in Zitadel is now "${sent}"`);
  });
});

describe("an account that is not the job's", () => {
  const scene = setScene();

  it("is not adopted into another family by a row with its id and name", async () => {
    const first = await givenJob(scene.db);
    await scene.retry();
    await scene.db.query("delete from auth.users");
    await scene.db.query("delete from auth.queued_managed_account_creations");
    const { id, username } = first;
    const familyId = await givenFamily(scene.db);
    await givenJob(scene.db, { id, username, familyId });

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ adopted: 0, failed: 1 });
    const row = await readJob(scene.db, id);
    expect(row).to.include({ status: "failed", lastErrorCode: "id_taken" });
    expect(row.lastErrorMessage).to.include("another family");
    expect(await readUsers(scene.db, id)).to.deep.equal([]);
  });

  for (const state of ["inactive", "locked"] as const) {
    it(`differs from an account of ours that is ${state}, which is adopted with a log line`, async () => {
      const job = await givenJob(scene.db);
      await scene.zitadel.control.addUser({ userId: job.id, username: job.username, state });

      const { report, stderr } = await scene.retry();
      const shown = await scene.cli(["queue", "show", job.id]);

      expect(report).to.include({ adopted: 1 });
      const word = state === "inactive" ? "deactivated" : "locked";
      expect(stderr).to.include(word).and.to.include(job.id);
      expect(shown.stdout).to.include(word);
    });
  }
});

describe("an outage of Zitadel's database", () => {
  const scene = setScene();

  it("ends a run with 69 and uses up no retry; once it is over the runs continue by themselves", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "instance-not-found-db" });

    const down = await scene.retry();
    const during = await readJob(scene.db, job.id);
    await scene.zitadel.control.setFaults([]);
    const up = await scene.retry();

    expect(down.code).to.equal(69);
    expect(down.report).to.include({ outcome: "unavailable", retried: 0, failed: 0 });
    expect(down.report.reason).to.include("database");
    expect(during).to.include({ status: "pending", retryCount: 0 });
    expect(up.report).to.include({ outcome: "completed", created: 1 });
  });

  it("is one even if Zitadel does not say so, where a run has reached the address within a day", async () => {
    await scene.zitadel.control.addFault({ method: "discovery", kind: "http", status: 404 });
    await givenJob(scene.db);
    const first = await scene.retry();
    await scene.zitadel.control.setFaults([]);
    await scene.retry();
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "discovery", kind: "http", status: 404 });

    const later = await scene.retry();
    const asked = await scene.cli(["queue", "verify", job.id]);
    await scene.db.query(
      "update family_hub_jobs.breaker set answered_at = now() - interval '25 hours'",
    );
    const muchLater = await scene.retry();

    expect([first.code, later.code, asked.code, muchLater.code]).to.deep.equal([77, 69, 69, 77]);
    expect(later.stderr).to.include("database").and.to.include("used to work");
  });
});

const script = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

/** Node's coverage lists no ES module of a package, but its loader can name each. */
const TELLING_MODULES = script(
  `import { register } from "node:module"; register(${JSON.stringify(
    script(
      `import { writeSync } from "node:fs";
       export async function load(url, context, next) {
         writeSync(2, "loads " + url + "\\n");
         return next(url, context);
       }`,
    ),
  )});`,
);

describe("the client file that finds users of other organizations", () => {
  const scene = setScene();
  // Takes 130 ms to load, which a minute's run should not pay for nothing.
  const CLIENT_FILE = "/@zitadel/node/dist/api/generated/zitadel/management.js";
  const loaded = async () => {
    const { stderr } = await spawnCli(["retry-accounts"], {
      ...scene.env,
      NODE_OPTIONS: `--import=${TELLING_MODULES}`,
    });
    expect(stderr).to.include("loads ");
    return stderr.includes(CLIENT_FILE);
  };

  it("is loaded only if a name is refused and no user with it is shown", async () => {
    await givenJob(scene.db);
    expect(await loaded()).to.equal(false);

    const { username } = await givenJob(scene.db);
    await scene.zitadel.control.addUser({ username });
    expect(await loaded()).to.equal(false);

    const hidden = await givenJob(scene.db);
    await scene.zitadel.control.addUser({ username: hidden.username, orgId: "org-b" });
    expect(await loaded()).to.equal(true);
  });
});
