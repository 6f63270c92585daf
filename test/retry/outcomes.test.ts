// What becomes of a job, its account, its user row and its event, by what happened to the attempt.
import { expect } from "chai";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { parseKeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import { givenJob, readJob, sealForTest, type GivenJob } from "../support/given.ts";
import {
  everything,
  givenUser,
  moment,
  readAttempts,
  readEvents,
  readUsers,
  wholeJob,
} from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("a job whose account Zitadel has already", () => {
  const scene = setScene();

  it("is adopted: completed, with its user row and its event", async () => {
    const job = await givenJob(scene.db, { retryCount: 3 });
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ claimed: 1, created: 0, adopted: 1, failed: 0 });
    expect(await readJob(scene.db, job.id)).to.include({
      status: "completed",
      retryCount: 3,
      waitS: null,
      encryptedPassword: "",
      zitadelUserId: job.id,
      lastErrorCode: null,
      leased: false,
    });
    const [user] = await readUsers(scene.db, job.id);
    expect(user).to.include({ username: job.username });
    const [event, ...more] = await readEvents(scene.db);
    expect(event).to.include({ type: "ManagedAccountCreatedEvent", aggregateId: user?.id });
    expect(more).to.deep.equal([]);
    expect(await readAttempts(scene.db, job.id)).to.deep.equal([
      { outcome: "adopted", retryCount: 3, errorCode: null, grpcCode: null, zitadelErrorId: null },
    ]);
  });

  it("is adopted at once when only the answer was lost", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      method: "CreateUser",
      kind: "commit-then-drop",
      times: 1,
    });

    const { report } = await scene.retry();

    expect(report).to.include({ adopted: 1, retried: 0 });
    expect(await readJob(scene.db, job.id)).to.include({ status: "completed", retryCount: 0 });
    expect(await scene.zitadel.control.listUsers()).to.have.length(1);
    expect(await readEvents(scene.db)).to.have.length(1);
  });

  it("keeps the user row that was there, and names it in the event", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });
    const userId = await givenUser(scene.db, {
      familyId: job.familyId,
      username: job.username,
      externalUserId: job.id,
    });

    const { report } = await scene.retry();

    expect(report).to.include({ adopted: 1 });
    expect(await readUsers(scene.db, job.id)).to.have.length(1);
    expect(await readEvents(scene.db)).to.have.length(1);
    expect((await readEvents(scene.db))[0]).to.include({ aggregateId: userId });
  });
});

describe("a created account", () => {
  const scene = setScene();

  it("gets a user row and an event that say what the job said", async () => {
    const job = await givenJob(scene.db, { fullName: "Kim van Dyk", role: "member" });

    await scene.retry();

    const user = await scene.db.one<{ id: string } & Record<string, unknown>>(
      `select id, email, email_verified, external_provider, external_user_id, zitadel_user_id,
              family_id, role, username, full_name
       from auth.users where external_user_id = $1`,
      [job.id],
    );
    const said = { family_id: job.familyId, role: "member", full_name: "Kim van Dyk" };
    expect(user).to.deep.include({
      ...said,
      username: job.username,
      email: `${job.username}@noemail.family-hub.internal`,
      email_verified: true,
      external_provider: "zitadel",
      external_user_id: job.id,
      zitadel_user_id: job.id,
    });
    const [event] = await readEvents(scene.db);
    expect(event).to.include({ aggregateType: "User", aggregateId: user.id });
    expect(event?.payload).to.have.all.keys(
      ...["eventVersion", "jobId", "familyId", "userId", "username", "fullName", "role"],
      ...["zitadelUserId", "createdByUserId", "createdAt"],
    );
    expect(event?.payload).to.include({ userId: user.id, role: "member", fullName: "Kim van Dyk" });
    const outbox = await scene.db.one<object>(
      "select status, retry_count, processed_at, event_version from auth.outbox_events",
    );
    expect(outbox).to.deep.equal({
      status: 0,
      retry_count: 0,
      processed_at: null,
      event_version: 1,
    });
  });

  it("has the job's id, metadata, organization and a verified synthetic address", async () => {
    const job = await givenJob(scene.db, { fullName: "Cher" });

    await scene.retry([], { SYNTHETIC_EMAIL_DOMAIN: "kids.example.org" });

    const account = await scene.zitadel.control.findUser({ userId: job.id });
    expect(account).to.deep.include({
      username: job.username,
      orgId: scene.zitadel.orgId,
      givenName: "Cher",
      familyName: "Cher",
      email: `${job.username}@kids.example.org`,
      emailVerified: true,
      mailWouldHaveBeenSent: false,
      changeRequired: true,
      metadata: { "familyhub.job_id": job.id, "familyhub.family_id": job.familyId },
    });
    expect((await readUsers(scene.db, job.id))[0]).to.include({ email: account?.email });
  });

  it("is made once: the next run finds nothing to do", async () => {
    await givenJob(scene.db);
    await scene.retry();
    const before = await everything(scene.db);

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "completed", due: 0, claimed: 0 });
    expect(await everything(scene.db)).to.deep.equal(before);
  });
});

describe("a permanent fault", () => {
  const scene = setScene();

  async function expectFailed(job: GivenJob, errorCode: string, retryCount: number): Promise<void> {
    const row = await readJob(scene.db, job.id);
    expect(row).to.include({
      status: "failed",
      retryCount,
      waitS: null,
      lastErrorCode: errorCode,
      zitadelUserId: null,
      leased: false,
    });
    expect(row.lastErrorMessage).to.be.a("string").and.not.equal("");
    expect(await readUsers(scene.db, job.id)).to.deep.equal([]);
    const events = (await readEvents(scene.db)).filter(
      ({ payload }) => payload["jobId"] === job.id,
    );
    expect(events).to.have.length(1);
    expect(events[0]).to.include({
      type: "ManagedAccountCreationFailedEvent",
      aggregateType: "QueuedManagedAccountCreation",
      aggregateId: job.id,
    });
    expect(events[0]?.payload).to.have.all.keys(
      ...["eventVersion", "jobId", "familyId", "username", "createdByUserId"],
      ...["errorCode", "errorMessage", "attempts", "failedAt"],
    );
    expect(events[0]?.payload).to.include({ errorCode, errorMessage: row.lastErrorMessage });
  }

  it("is a username that another account in Zitadel has, in whatever case", async () => {
    const job = await givenJob(scene.db, { retryCount: 2 });
    await scene.zitadel.control.addUser({ username: job.username.toUpperCase() });

    const { code, report } = await scene.retry();

    expect(code).to.equal(0);
    expect(report).to.include({ failed: 1, retried: 0, created: 0 });
    await expectFailed(job, "username_taken", 2);
    expect(await readAttempts(scene.db, job.id)).to.deep.equal([
      {
        ...{ outcome: "failed", retryCount: 2, errorCode: "username_taken" },
        ...{ grpcCode: 6, zitadelErrorId: "V3-DKcYh" },
      },
    ]);
  });

  it("is a username that another user of FamilyHub has: Zitadel is not asked", async () => {
    const job = await givenJob(scene.db);
    await givenUser(scene.db, { username: job.username });

    const { report } = await scene.retry();

    expect(report).to.include({ failed: 1 });
    await expectFailed(job, "username_taken", 0);
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
  });

  it("is a synthetic address that another user of FamilyHub has", async () => {
    const job = await givenJob(scene.db);
    await givenUser(scene.db, { email: `${job.username}@noemail.family-hub.internal` });

    await scene.retry();

    await expectFailed(job, "username_taken", 0);
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
  });

  it("is a job's id that is another person's in Zitadel", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addUser({ userId: job.id, username: "somebody_else" });

    await scene.retry();

    await expectFailed(job, "id_taken", 0);
  });

  const unreadable: Record<string, (job: GivenJob) => Promise<string>> = {
    "is garbage": async () => "garbage",
    "is garbage in the form of a JWE": async () => "e30.YQ.YQ.YQ.YQ",
    "was made for another job": async () =>
      sealForTest("Aa1!secret", "11111111-2222-4333-8444-555555555555"),
    "was tampered with": async (job) => {
      const sealed = await sealForTest("Aa1!secret", job.id);
      return sealed.slice(0, -3) + (sealed.endsWith("AAA") ? "BBB" : "AAA");
    },
    "has been erased": async () => "",
  };
  for (const [title, ciphertext] of Object.entries(unreadable)) {
    it(`is a password that does not decrypt: it ${title}`, async () => {
      const job = await givenJob(scene.db, { retryCount: 1 });
      await scene.db.query(
        "update auth.queued_managed_account_creations set encrypted_password = $2 where id = $1",
        [job.id, await ciphertext(job)],
      );

      const { code, report } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ failed: 1 });
      await expectFailed(job, "undecryptable", 1);
      expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
    });
  }

  const rejected: Record<string, object> = {
    "a password that the policy refuses": { password: "short" },
    "a password longer than bcrypt takes": { password: `Aa1!${"x".repeat(80)}` },
    "a blank full name": { fullName: "  " },
    "a username that FamilyHub would not accept": { username: "no spaces" },
  };
  for (const [title, fields] of Object.entries(rejected)) {
    it(`is ${title}`, async () => {
      const job = await givenJob(scene.db, fields);

      const { report } = await scene.retry();

      expect(report).to.include({ failed: 1 });
      await expectFailed(job, "invalid_argument", 0);
    });
  }

  it("stays out of stderr and of every table with the password", async () => {
    const job = await givenJob(scene.db, { password: "short_but_secret_1" });

    const { stdout, stderr } = await scene.retry(["-v"], { LOG_LEVEL: "debug" });

    expect((await readJob(scene.db, job.id)).status).to.equal("failed");
    const seen = stdout + stderr + JSON.stringify(await everything(scene.db));
    expect(seen).not.to.include("short_but_secret_1");
  });
});

describe("a job whose family FamilyHub lacks", () => {
  const scene = setScene("script");

  it("fails before an account is made", async () => {
    const job = await givenJob(scene.db, { familyId: "99999999-9999-4999-8999-999999999999" });

    const { report } = await scene.retry();

    expect(report).to.include({ failed: 1 });
    expect(await readJob(scene.db, job.id)).to.include({
      status: "failed",
      lastErrorCode: "invalid_argument",
    });
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
    expect(await readEvents(scene.db)).to.have.length(1);
  });

  it("fails permanently where an earlier run had spent its last try on the account", async () => {
    const job = await givenJob(scene.db, {
      familyId: "99999999-9999-4999-8999-999999999999",
      status: "processing",
      retryCount: 5,
      updatedAt: moment("script", "-1 hour"),
    });
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });

    const { code, report } = await scene.retry();

    expect(code).to.equal(1);
    expect(report.refused.map((row) => [row.id, row.table])).to.deep.equal([
      [job.id, "auth.users"],
    ]);
    expect(await readJob(scene.db, job.id)).to.include({ status: "failed", leased: false });
    expect((await readEvents(scene.db)).map(({ type }) => type)).to.deep.equal([
      "ManagedAccountCreationFailedEvent",
    ]);
  });
});

describe("a FamilyHub user who takes the name while the call is under way", () => {
  const scene = setScene();

  for (const taken of ["username", "email"] as const) {
    it(`fails the job by its ${taken}, with nothing half done`, async () => {
      const job = await givenJob(scene.db);
      const bystander = await givenJob(scene.db);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", match: { userId: job.id } },
        ...{ kind: "pause", name: "call", at: "after" },
      });
      const run = scene.start(["retry-accounts", "--json"]);
      await scene.zitadel.control.waitForPaused({ name: "call" });
      const address = `${job.username}@noemail.family-hub.internal`;
      const other = taken === "username" ? { username: job.username } : { email: address };
      await givenUser(scene.db, other);

      await scene.zitadel.control.release("call");
      const { code, stdout } = await run.ended;

      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.include({ created: 1, failed: 1 });
      expect(await readJob(scene.db, job.id)).to.include({
        ...{ status: "failed", lastErrorCode: "username_taken", retryCount: 0, leased: false },
      });
      expect((await readJob(scene.db, bystander.id)).status).to.equal("completed");
      expect(await readUsers(scene.db, job.id)).to.deep.equal([]);
      const types = (await readEvents(scene.db)).map(({ type, payload }) => [
        payload["jobId"],
        type,
      ]);
      expect(new Map(types as [string, string][])).to.deep.equal(
        new Map([
          [job.id, "ManagedAccountCreationFailedEvent"],
          [bystander.id, "ManagedAccountCreatedEvent"],
        ]),
      );
    });
  }
});

describe("a password key that the ring lacks", () => {
  const scene = setScene();

  it("is named on stderr with exit 78, and the other jobs are processed", async () => {
    const job = await givenJob(scene.db, { retryCount: 1 });
    const other = await givenJob(scene.db);
    const key = { ...(await generateKey("EC")), kid: "retired-2025" };
    const ring = parseKeyRing(new Secret(JSON.stringify({ keys: [key] })), "other ring");
    const content = { kind: "password", value: new Secret("Aa1!secret") } as const;
    await scene.db.query(
      "update auth.queued_managed_account_creations set encrypted_password = $2 where id = $1",
      [job.id, await sealEnvelope(content, job.id, ring)],
    );
    const { updated_at: _, ...before } = (await wholeJob(scene.db, job.id)) as {
      updated_at: string;
    };

    const { code, report, stderr } = await scene.retry();

    expect(code).to.equal(78);
    expect(stderr).to.include("retired-2025");
    expect(report).to.include({ outcome: "completed", created: 1, deferred: 1, failed: 0 });
    expect(report).to.deep.include({ missingKeys: ["retired-2025"] });
    expect((await readJob(scene.db, other.id)).status).to.equal("completed");
    expect(await wholeJob(scene.db, job.id)).to.deep.include(before);
    expect(await readAttempts(scene.db, job.id)).to.deep.equal([]);
  });
});
