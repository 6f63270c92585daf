// A rule of FamilyHub's own that refuses a user row: the job waits for it to give way.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { readJob, whenDue } from "../support/given.ts";
import { readAttempts, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

/** P0001 is what `raise exception` has by itself. */
async function givenRefusingTrigger(
  { db }: Scene,
  table: string,
  when: string,
  sqlState = "P0001",
): Promise<void> {
  await db.query(`
    create function auth.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'not while the moon is full' using errcode = '${sqlState}'; end $$;
    create trigger refuse before insert on ${table}
      for each row when (${when}) execute function auth.refuse();`);
}

describe("a trigger that refuses a job's user row", () => {
  const scene = setScene();

  afterEach(() => scene.db.query("drop function auth.refuse() cascade"));

  it("retries the job, and delays no other: the account is adopted when the trigger is gone", async () => {
    await givenRefusingTrigger(scene, "auth.users", "new.username = 'kid_2'");
    const ids = await givenDueJobs(scene.db, 4);
    const [, refused = ""] = ids;

    const { code, report } = await scene.retry();

    expect(code).to.equal(1);
    expect(report).to.include({ outcome: "completed", created: 3, retried: 1, failed: 0 });
    expect(report.refused).to.deep.equal([
      {
        ...{ id: refused, constraint: null, table: null },
        message: "not while the moon is full (raised by auth.refuse())",
      },
    ]);
    expect(await readJob(scene.db, refused)).to.include({
      ...{ status: "pending", retryCount: 1, waitS: 60, lastErrorCode: "internal", leased: false },
      lastErrorMessage:
        "FamilyHub's database refused to store the account: not while the moon is full (raised by auth.refuse())",
    });
    expect((await readAttempts(scene.db, refused)).map(({ outcome }) => outcome)).to.deep.equal([
      "retried",
    ]);
    expect(await readEvents(scene.db)).to.have.length(3);
    await scene.db.query("drop trigger refuse on auth.users");
    await whenDue(scene.db);
    expect((await scene.retry()).report).to.include({ adopted: 1, created: 0 });
    await expectEachOnce(scene, ids);
  });

  it("is shown between the retries: by stats, errors and doctor, although the last run succeeded", async () => {
    await givenRefusingTrigger(scene, "auth.users", "true");
    const [id = ""] = await givenDueJobs(scene.db, 1);
    await scene.retry();
    expect((await scene.retry()).report).to.include({ outcome: "completed", refusedCount: 0 });

    const looks = ["queue stats", "queue errors -o json", "doctor -q"];
    const [stats, errors, doctor] = await Promise.all(
      looks.map(async (look) => (await scene.cli(look.split(" "))).stdout.replace(/\s+/g, " ")),
    );

    expect(stats).to.match(
      /^Pending 1: none due now; .*; 1 refused by the database \(`queue errors`\) /,
    );
    const runbook = String.raw`docs/runbook.md, \"The database refuses a row\"`;
    expect(errors).to.include(`${runbook}; then \`fhj retry-accounts --job ${id}\``);
    expect(doctor).to.include("warn refused jobs 1 job waiting for a retry");
  });

  for (const sqlState of ["FH001", "XX000"]) {
    it(`retries the job for a trigger with SQLSTATE ${sqlState} too, and only that job`, async () => {
      await givenRefusingTrigger(scene, "auth.users", "new.username = 'kid_2'", sqlState);
      const [, refused = ""] = await givenDueJobs(scene.db, 3);

      const { code, report } = await scene.retry();

      expect([code, report.refusedCount]).to.deep.equal([1, 1]);
      expect(report).to.include({ outcome: "completed", created: 2, retried: 1 });
      expect(await readJob(scene.db, refused)).to.include({
        lastErrorCode: "internal",
        retryCount: 1,
      });
    });
  }

  it("fails the job when all its retries are used up, with one event and no user row", async () => {
    await givenRefusingTrigger(scene, "auth.users", "true");
    const [id = ""] = await givenDueJobs(scene.db, 1);
    await scene.db.query("update auth.queued_managed_account_creations set retry_count = 5");

    const { code, report } = await scene.retry();

    expect([code, report.refusedCount]).to.deep.equal([1, 1]);
    expect(report).to.include({ created: 0, retried: 0, failed: 1 });
    expect(await readJob(scene.db, id)).to.include({
      ...{ status: "failed", retryCount: 5, waitS: null, lastErrorCode: "internal" },
    });
    expect((await readEvents(scene.db)).map(({ type }) => type)).to.deep.equal([
      "ManagedAccountCreationFailedEvent",
    ]);
    const { stdout } = await scene.cli(["queue", "show", id]);
    expect(stdout.replace(/\s+/g, " ")).to.include(
      "Requeue it only once the database accepts the row",
    );
    expect(await scene.db.query("select 1 from auth.users")).to.deep.equal([]);
  });

  it("retries the job also if the event is refused", async () => {
    await givenRefusingTrigger(scene, "auth.outbox_events", "new.payload ->> 'username' = 'kid_1'");
    const ids = await givenDueJobs(scene.db, 2);

    const { code, report } = await scene.retry();

    expect([code, report.refusedCount]).to.deep.equal([1, 1]);
    expect(report).to.include({ created: 1, retried: 1, failed: 0 });
    await scene.db.query("drop trigger refuse on auth.outbox_events");
    await whenDue(scene.db);
    await scene.retry();
    await expectEachOnce(scene, ids);
  });
});
