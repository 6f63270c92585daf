// Jobs that a run must not carry into an account: another family's, another key's, another role's.
import { expect } from "chai";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { givenFamily, givenJob, readJob, type GivenJob, type JobFields } from "../support/given.ts";
import { givenRing } from "../support/given-ring.ts";
import { ecdhJwe } from "../support/hand-made-jwe.ts";
import { givenUser, readAttempts, readEvents, wholeJob } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

describe("an account that FamilyHub knows as another family's", () => {
  const scene = setScene();

  /** As when the account was created for the one, and the job's family was changed since. */
  async function givenAccountOf(familyId: string, job: GivenJob, username: string) {
    await scene.zitadel.control.addUser({ userId: job.id, username: job.username });
    const userId = await givenUser(scene.db, { familyId, username, externalUserId: job.id });
    return { userId, row: () => scene.db.one("select * from auth.users where id = $1", [userId]) };
  }

  for (const retryCount of [0, 5]) {
    it(`is not given to the job, which fails with retry_count ${retryCount}; its row is untouched`, async () => {
      const job = await givenJob(scene.db, { retryCount });
      const { row } = await givenAccountOf(await givenFamily(scene.db), job, job.username);
      const before = await row();

      const { code, report } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ created: 0, adopted: 0, failed: 1 });
      expect(await readJob(scene.db, job.id)).to.include({
        ...{ status: "failed", retryCount, lastErrorCode: "user_exists", leased: false },
      });
      const events = await readEvents(scene.db);
      expect(events.map(({ type }) => type)).to.deep.equal(["ManagedAccountCreationFailedEvent"]);
      expect(await row()).to.deep.equal(before);
      expect(await scene.db.query("select 1 from auth.users")).to.have.length(1);
    });
  }

  it("is not given to the job either where only the name in the row is another one", async () => {
    const job = await givenJob(scene.db);
    const { row } = await givenAccountOf(job.familyId, job, "somebody_else");
    const before = await row();

    const { report } = await scene.retry();

    expect(report).to.include({ adopted: 0, failed: 1 });
    expect((await readJob(scene.db, job.id)).lastErrorCode).to.equal("user_exists");
    expect(await row()).to.deep.equal(before);
  });

  it("does not hold up the jobs that are settled with it", async () => {
    const job = await givenJob(scene.db);
    await givenAccountOf(await givenFamily(scene.db), job, job.username);
    for (let i = 0; i < 4; i += 1) await givenJob(scene.db);

    const { report } = await scene.retry();

    expect(report).to.include({ created: 4, adopted: 0, failed: 1 });
  });
});

describe("jobs whose password key is not in the ring", () => {
  const scene = setScene();

  async function givenForeignKeyJobs(count: number): Promise<GivenJob[]> {
    const { ring } = await givenRing();
    const jobs: GivenJob[] = [];
    for (let i = 0; i < count; i += 1) {
      const job = await givenJob(scene.db, { nextRetryAt: "now() - interval '1 hour'" });
      const content = { kind: "password", value: new Secret(job.password) } as const;
      await setEnvelope(scene, job, await sealEnvelope(content, job.id, ring));
      jobs.push(job);
    }
    return jobs;
  }

  for (const concurrency of ["1", "2", "10"]) {
    it(`do not use up --limit, ${concurrency} at a time; the run ends with 78`, async () => {
      const foreign = await givenForeignKeyJobs(7);
      for (let i = 0; i < 4; i += 1) await givenJob(scene.db);
      const before = await Promise.all(foreign.map(({ id }) => wholeJob(scene.db, id)));

      const { code, report } = await scene.retry(["--limit", "3", "--concurrency", concurrency]);

      expect(code).to.equal(78);
      expect(report).to.include({ created: 3, retried: 0, failed: 0 });
      for (const [index, { id }] of foreign.entries()) {
        const after = await wholeJob(scene.db, id);
        expect(without(after, "updated_at")).to.deep.equal(
          without(before[index] ?? {}, "updated_at"),
        );
        expect(await readAttempts(scene.db, id)).to.deep.equal([]);
      }
    });
  }

  it("end the run with 78 where there are no others, each tried once", async () => {
    await givenForeignKeyJobs(3);

    const { code, report } = await scene.retry(["--limit", "1"]);

    expect(code).to.equal(78);
    expect(report).to.include({ outcome: "completed", created: 0 });
    expect(report.claimed).to.be.at.most(3);
  });
});

describe("a password key's name", () => {
  const scene = setScene();

  const kids: Readonly<Record<string, string>> = {
    "escape characters": "\u001b]0;owned\u0007\u001b[2J",
    "line ends": "key\r\nfamily-hub-jobs: everything works\n",
    "characters that turn text around": "\u202eyek",
    "a C1 control": "\u009b31mkey",
    "too many characters": "k".repeat(101),
  };
  for (const [what, kid] of Object.entries(kids)) {
    for (const format of ["json", "pretty"]) {
      it(`with ${what} is never printed nor stored raw, in the ${format} log`, async () => {
        const { key } = await givenRing();
        const job = await givenJob(scene.db);
        await setEnvelope(scene, job, ecdhJwe(key, { kid, jid: job.id }, job.password));
        const env = { LOG_LEVEL: "debug", LOG_FORMAT: format };

        const { code, stdout, stderr } = await scene.cli(["retry-accounts", "-v"], env);

        expect([0, 78]).to.include(code);
        expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
        const said = stdout + stderr + (await wholeDatabase(scene.db));
        expect(said).not.to.include(kid);
        expect(said).not.to.match(/[\u001b\u009b\u202e\u0007\r]/);
        expect(stdout + stderr).not.to.match(/^family-hub-jobs: everything works/m);
      });
    }
  }

  it("of a hundred missing keys does not make the complaint long", async () => {
    const { key } = await givenRing();
    for (let i = 0; i < 9; i += 1) {
      const job = await givenJob(scene.db);
      const kid = `missing-${i}-${"k".repeat(80)}`;
      await setEnvelope(scene, job, ecdhJwe(key, { kid, jid: job.id }, job.password));
    }

    const { code, stderr } = await scene.cli(["retry-accounts"]);

    expect(code).to.equal(78);
    const complaint = stderr.split("\n").find((line) => line.includes("password keys")) ?? "";
    expect(complaint).to.include("and 4 more");
    expect(complaint).not.to.include("k".repeat(60));
  });
});

describe("a role that is no word", () => {
  const scene = setScene();

  const roles = [
    "adm\u001b[31min",
    "admin\u0007",
    "admin\nowner",
    "\u202enimda",
    "owner admin",
    "",
  ];
  for (const role of [...roles, "member\n", "\tmember", "member\u2028"]) {
    it(`fails the job as invalid_argument and makes no account: ${JSON.stringify(role)}`, async () => {
      const fields: JobFields = { role };
      const job = await givenJob(scene.db, fields);

      const { code, report, stderr } = await scene.retry(["-v"]);

      expect(code).to.equal(0);
      expect(report).to.include({ created: 0, failed: 1 });
      expect(await readJob(scene.db, job.id)).to.include({
        ...{ status: "failed", lastErrorCode: "invalid_argument", leased: false },
      });
      expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
      expect(await scene.db.query("select 1 from auth.users")).to.deep.equal([]);
      expect(stderr).not.to.match(/[\u001b\u0007\u202e]/);
    });
  }

  it("is not one that this tool has never heard of", async () => {
    await givenJob(scene.db, { role: "guest_viewer" });

    expect((await scene.retry()).report).to.include({ created: 1 });
  });
});

async function setEnvelope(scene: Scene, { id }: GivenJob, jwe: string): Promise<void> {
  await scene.db.query(
    "update auth.queued_managed_account_creations set encrypted_password = $2 where id = $1",
    [id, jwe],
  );
}

function without(row: object, column: string): object {
  return { ...row, [column]: null };
}
