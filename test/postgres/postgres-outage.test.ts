// Postgres is lost during a run: what was done is reported and kept, calls in flight are settled later.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { ownServer } from "../support/own-server.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { parseReport, setScene, type Running, type Scene } from "../support/scene.ts";
import { until, untilEachCallIsAnswered } from "../support/wait-until.ts";

const COMPLETED = `(select count(*) from auth.queued_managed_account_creations
  where status = 'completed')`;
const WAITS_FOR_LOCK = `exists (select from pg_stat_activity where wait_event_type = 'Lock'
  and application_name like 'fhj%' and datname = current_database())`;

async function givenRunInMidCall(scene: Scene, at: "before" | "after"): Promise<Running> {
  await scene.zitadel.control.addFault({
    ...{ method: "CreateUser", kind: "pause", name: "call", at, times: 1 },
  });
  const run = scene.start(["retry-accounts", "--json", "--concurrency", "1"]);
  await scene.zitadel.control.waitForPaused({ name: "call" });
  return run;
}

describe("Postgres that crashes at the very end of a run", () => {
  const own = ownServer();
  const scene = setScene("own", own.open);

  it("leaves the report with its counts, exit 69 and everything that was settled", async () => {
    const ids = await givenDueJobs(scene.db, 3);
    const run = await givenRunInMidCall(scene, "before");
    // The ledger's last line cannot be written, everything before it can.
    const blocker = await openTransaction(
      scene.db,
      "lock table family_hub_jobs.runs in share mode",
    );
    await scene.zitadel.control.release("call");
    await until(scene.db, `${COMPLETED} = 3 and ${WAITS_FOR_LOCK}`);

    await own.postgres.crash();
    const result = await run.ended;
    await blocker.end();
    await own.postgres.restart();

    expect(result.code).to.equal(69);
    expect(result.stderr).to.include("Postgres is unreachable");
    expect(parseReport(result)).to.include({
      ...{ outcome: "unavailable", due: 3, claimed: 3, created: 3, retried: 0, failed: 0 },
    });
    expect((await readRuns(scene.db))[0]).to.include({ outcome: null, finishedAt: null });
    const next = await scene.retry();
    expect(next.code).to.equal(0);
    expect(next.report).to.include({ outcome: "completed", due: 0, rescued: 0, claimed: 0 });
    await expectEachOnce(scene, ids);
  });
});

describe("Postgres that crashes during a call", () => {
  const own = ownServer();
  const scene = setScene("own", own.open);

  for (const at of ["before", "after"] as const) {
    it(`${at} the account is made, and is up again at its end: the run settles it, then stops with 75`, async () => {
      const ids = await givenDueJobs(scene.db, 6);
      const run = await givenRunInMidCall(scene, at);

      await own.postgres.crash();
      await own.postgres.restart();
      await scene.zitadel.control.release("call");
      const result = await run.ended;

      expect(result.code).to.equal(75);
      expect(parseReport(result)).to.include({
        ...{ outcome: "stopped", reason: "the lock was lost", created: 1, retried: 0, failed: 0 },
      });
      expect((await readRuns(scene.db))[0]).to.include({ outcome: "stopped" });
      const { code, report } = await scene.retry();
      expect(code).to.equal(0);
      expect(report).to.include({ due: 5, rescued: 0, created: 5, adopted: 0 });
      await expectEachOnce(scene, ids);
    });
  }

  it("and is still down at its end is waited for: the same run settles the job", async () => {
    const ids = await givenDueJobs(scene.db, 6);
    const run = await givenRunInMidCall(scene, "before");

    await own.postgres.crash();
    await scene.zitadel.control.release("call");
    // The run has something to settle.
    await untilEachCallIsAnswered(scene.zitadel);
    await own.postgres.restart();
    const result = await run.ended;

    expect(result.code).to.equal(75);
    expect(parseReport(result)).to.include({ outcome: "stopped", created: 1, retried: 0 });
    const { report } = await scene.retry();
    expect(report).to.include({ due: 5, rescued: 0, created: 5, adopted: 0 });
    await expectEachOnce(scene, ids);
  });
});
