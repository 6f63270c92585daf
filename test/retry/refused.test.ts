// One row that the database refuses to claim, rescue, settle or release keeps no other waiting, in no run.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { readJob, whenDue } from "../support/given.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { givenHeld, readAttempts, readRuns, whenLeasesEnd } from "../support/rows.ts";
import { setScene, type RetryRun, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const QUEUE = "auth.queued_managed_account_creations";

/** A rule of FamilyHub's that came later than the rows that break it. */
async function givenLateRule({ db }: Scene, rule: string): Promise<void> {
  await db.query(`alter table ${QUEUE} add constraint late_rule check (${rule}) not valid`);
}

/** A trigger of FamilyHub's, with an SQLSTATE of its own, on changes of the job's row. */
async function givenRaising({ db }: Scene, when: string, sqlState = "FH001"): Promise<void> {
  await db.query(`
    create function auth.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'not this one' using errcode = '${sqlState}'; end $$;
    create trigger refuse before update on ${QUEUE}
      for each row when (${when}) execute function auth.refuse();`);
}

function expectNamed({ code, report, stderr }: RetryRun, id: string, constraint: string | null) {
  expect(code).to.equal(1);
  expect(report.outcome).to.equal("completed");
  expect(report.refusedCount).to.equal(1);
  expect(report.refused.map((row) => [row.id, row.constraint])).to.deep.equal([[id, constraint]]);
  expect(stderr).to.include(id);
  expect(stderr).not.to.include("bug");
}

describe("a job that the database refuses", () => {
  const scene = setScene();

  afterEach(() =>
    scene.db.query(`
      alter table ${QUEUE} drop constraint if exists late_rule;
      drop function if exists auth.refuse() cascade;`),
  );

  it("to claim is named in each run, and all others are processed", async () => {
    const ids = await givenDueJobs(scene.db, 40);
    const [, refused = ""] = ids;
    await scene.db.query(`update ${QUEUE} set role = 'oldest_kind' where id = $1`, [refused]);
    await givenLateRule(scene, "role <> 'oldest_kind'");

    const first = await scene.retry();
    const second = await scene.retry();

    expectNamed(first, refused, "late_rule");
    expect(first.report).to.include({ created: 39, claimed: 39 });
    expectNamed(second, refused, "late_rule");
    expect(second.report).to.include({ created: 0, claimed: 0 });
    expect(await readAttempts(scene.db, refused)).to.deep.equal([]);
    const [run] = await readRuns(scene.db);
    expect(run?.counts["refusedCount"]).to.equal(1);
    expect(run?.reason).to.match(/^the database refused 1 row: late_rule of auth\.queued/);
  });

  it("to claim does not delay the jobs behind it, however many there are", async () => {
    const ids = await givenDueJobs(scene.db, 70);
    await scene.db.query(
      `update ${QUEUE} set role = 'oldest_kind', next_retry_at = now() - interval '1 hour'
       where id = any ($1)`,
      [ids.slice(0, 60)],
    );
    await givenLateRule(scene, "role <> 'oldest_kind'");

    const { code, report } = await scene.retry();

    expect(code).to.equal(1);
    expect(report).to.include({ created: 10, refusedCount: 60 });
  });

  it("to claim by --job is named", async () => {
    const [id = ""] = await givenDueJobs(scene.db, 1);
    await givenLateRule(scene, "role <> 'managed_account'");

    const run = await scene.retry(["--job", id]);

    expectNamed(run, id, "late_rule");
    expect(run.stderr).not.to.include("no waiting job");
  });

  it("to rescue is named, without any call to Zitadel; the others are rescued and worked", async () => {
    const ids = await givenDueJobs(scene.db, 5);
    for (const id of ids) await givenHeld(scene.db, { id }, "-1 second");
    const [refused = "", ...others] = ids;
    await givenRaising(scene, `old.status = 'processing' and old.id = '${refused}'`);

    const run = await scene.retry();

    expectNamed(run, refused, null);
    expect(run.report).to.include({ rescued: 4, created: 4 });
    expect((await readJob(scene.db, refused)).status).to.equal("processing");
    const { length } = await scene.zitadel.control.listUsers();
    expect(length).to.equal(others.length);
  });

  for (const sqlState of ["FH001", "XX000", "P0001"]) {
    it(`to settle and to release (SQLSTATE ${sqlState}) stays as it is, is named in each run, and Zitadel is asked once`, async () => {
      const ids = await givenDueJobs(scene.db, 8);
      const [, refused = ""] = ids;
      await givenRaising(
        scene,
        `old.status = 'processing' and new.status <> 'processing' and old.id = '${refused}'`,
        sqlState,
      );

      const first = await scene.retry();
      const next = await scene.retry();
      await whenLeasesEnd(scene.db);
      const rescuing = await scene.retry();

      expectNamed(first, refused, null);
      expect(first.report).to.include({ created: 7, claimed: 8 });
      expect([next.code, next.report.claimed]).to.deep.equal([0, 0]);
      expectNamed(rescuing, refused, null);
      const calls = await scene.zitadel.control.calls();
      expect(calls.filter(({ userId }) => userId === refused)).to.have.length(1);
      await scene.db.query("drop function auth.refuse() cascade");
      expect((await scene.retry()).report).to.include({ rescued: 1, adopted: 1 });
      await expectEachOnce(scene, ids);
    });
  }

  it("to fail uses up a retry as internal and is retried later, not each minute", async () => {
    const [id = ""] = await givenDueJobs(scene.db, 1);
    await scene.db.query(`update ${QUEUE} set role = 'no word' where id = $1`, [id]);
    await givenRaising(scene, "new.status = 'failed'");

    const run = await scene.retry();

    expectNamed(run, id, null);
    expect(run.report).to.include({ retried: 1 });
    expect(await readJob(scene.db, id)).to.include({
      ...{ status: "pending", retryCount: 1, lastErrorCode: "internal", waitS: 60 },
    });
  });

  it("to renew its lease keeps the leases of the others", async () => {
    const ids = await givenDueJobs(scene.db, 2);
    const [refused = ""] = ids;
    await givenRaising(
      scene,
      `old.status = 'processing' and new.status = 'processing' and old.id = '${refused}'`,
    );
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "after" },
    });
    const run = scene.start(["retry-accounts", "--json"], {
      ...{ RETRY_LEASE: "8s", ZITADEL_TIMEOUT: "7900ms" },
    });
    await scene.zitadel.control.waitForPaused({ name: "call" });

    await until(
      scene.db,
      `select lease_expires_at > updated_at + interval '8.5 s' from ${QUEUE} where id = $1`,
      [ids[1]],
    );
    await scene.zitadel.control.release("call");

    expect((await run.ended).code).to.equal(0);
    await whenDue(scene.db);
  });
});
