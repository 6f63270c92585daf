// Jobs whose envelope holds a password hash: a broken one makes no account that nobody can sign in to.
import { expect } from "chai";
import { givenJob, readJob, sealForTest, type GivenJob } from "../support/given.ts";
import { readEvents } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const TAIL = "aLYFkieuqJyeynvptPTxpehSViui5WeAPuR2Xw1wui9CPHEaacmFq";

describe("a job whose password is a hash", () => {
  const scene = setScene();

  async function givenHashJob(hash: string): Promise<GivenJob> {
    const job = await givenJob(scene.db);
    await scene.db.query(
      "update auth.queued_managed_account_creations set encrypted_password = $2 where id = $1",
      [job.id, await sealForTest(hash, job.id, "hash")],
    );
    return job;
  }

  for (const hash of ["$2a$10$abc", `$2x$10$${TAIL}`, `$2b$17$${TAIL}`, "no hash at all"]) {
    it(`fails before any call where the hash is ${hash.slice(0, 10)}`, async () => {
      const job = await givenHashJob(hash);

      const { code, report, stderr } = await scene.retry(["-v"], { LOG_LEVEL: "debug" });

      expect(code).to.equal(0);
      expect(report).to.include({ failed: 1, created: 0 });
      const row = await readJob(scene.db, job.id);
      expect(row).to.include({ status: "failed", lastErrorCode: "invalid_argument" });
      expect(row.lastErrorMessage).to.include("The password hash cannot be used: ");
      expect(await scene.zitadel.control.counters()).to.have.nested.property(
        "requests.CreateUser",
        0,
      );
      expect((await readEvents(scene.db)).map(({ type }) => type)).to.deep.equal([
        "ManagedAccountCreationFailedEvent",
      ]);
      expect(stderr + JSON.stringify(row)).to.not.include(hash);
    });
  }

  it("is created with a weak hash, which the log and `queue show` warn of", async () => {
    await scene.zitadel.control.changeSettings({ features: { hashCostBounds: false } });
    const job = await givenHashJob(`$2b$05$${TAIL}`);

    const { report, stderr } = await scene.retry([], { LOG_FORMAT: "json" });
    const { stdout } = await scene.cli(["queue", "show", job.id]);

    expect(report).to.include({ created: 1 });
    expect(await readJob(scene.db, job.id)).to.include({
      ...{ status: "completed", lastErrorCode: null, lastErrorMessage: null },
    });
    const warnings = stderr.split("\n").filter((line) => line.includes('"level":"warn"'));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include(job.id).and.to.include("bcrypt cost 5");
    expect(stdout).to.include("bcrypt cost 5");
  });

  it("is created without a message with a good hash", async () => {
    await givenHashJob(`$2y$12$${TAIL}`);

    const { report, stderr } = await scene.retry();

    expect(report).to.include({ created: 1 });
    expect(stderr).to.equal("");
  });
});

describe("a job whose full name shows nothing", () => {
  const scene = setScene();

  it("fails before any call, whatever kind of blank it is", async () => {
    const names = ["\u00a0", " \u2003\u3000 ", "\u200b", "\u0085"];
    for (const fullName of names) await givenJob(scene.db, { fullName });

    const { report } = await scene.retry();

    expect(report).to.include({ failed: names.length });
    expect(await scene.zitadel.control.counters()).to.have.nested.property(
      "requests.CreateUser",
      0,
    );
    const messages = await scene.db.query<{ message: string }>(
      "select distinct last_error_message as message from auth.queued_managed_account_creations",
    );
    expect(messages).to.deep.equal([{ message: "The full name is blank" }]);
  });
});
