// kill -9 in the middle of many jobs: once the leases are over, the next run makes up for it.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { whenLeasesEnd } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { untilEachCallIsAnswered } from "../support/wait-until.ts";

const JOBS = 30;
const CONCURRENCY = 5;

describe("a run over 30 jobs that is killed", () => {
  const scene = setScene();

  for (const made of [0, 12, 27]) {
    for (const at of ["before", "after"] as const) {
      it(`with ${made} accounts made and calls in flight, ${at} Zitadel acts, loses no account and creates none twice`, async () => {
        const ids = await givenDueJobs(scene.db, JOBS);
        await scene.zitadel.control.addFault({
          ...{ method: "CreateUser", kind: "pause", name: "call", at, skip: made },
        });
        const run = scene.start(["retry-accounts", "--concurrency", String(CONCURRENCY)]);
        const count = Math.min(CONCURRENCY, JOBS - made);
        await scene.zitadel.control.waitForPaused({ name: "call", count });

        run.kill("SIGKILL");
        await run.ended;
        await scene.zitadel.control.setFaults([]);
        const early = await scene.retry(["--wait", "10s"]);
        await whenLeasesEnd(scene.db);
        const next = await scene.retry();
        // The dead run's calls go on in Zitadel, late.
        await scene.zitadel.control.release("call");
        await untilEachCallIsAnswered(scene.zitadel);

        expect((await run.ended).code).to.equal(137);
        expect(early.report).to.include({ outcome: "completed", rescued: 0, failed: 0 });
        expect(next.report).to.include({ outcome: "completed", failed: 0, retried: 0 });
        expect(next.report.rescued).to.be.at.least(count);
        await expectEachOnce(scene, ids);
        // None of the other jobs that it had claimed loses a retry.
        const charged = await scene.db.query(
          "select from family_hub_jobs.attempts where error_code = 'interrupted'",
        );
        expect(charged).to.have.length.within(count, 2 * CONCURRENCY);
        const left = await scene.retry();
        expect(left.report).to.include({ due: 0, rescued: 0, claimed: 0 });
      });
    }
  }
});
