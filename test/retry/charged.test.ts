// A dead run charges a retry to the jobs that it may have begun, not to all that it had claimed.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenRun } from "../support/given-ledger.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { whenLeasesEnd } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";

describe("jobs that a dead run had claimed", () => {
  const scene = setScene();

  it("use up a retry only if they may have begun, also if their leases end one after the other", async () => {
    const runId = await givenRun(scene.db, { outcome: null, counts: { concurrency: 1 } });
    const ids = await givenDueJobs(scene.db, 8);
    await scene.db.query(
      `update ${QUEUE} q
       set status = 'processing', claimed_by_run_id = $1,
           next_retry_at = now() - interval '1 hour' + n.place * interval '1 second',
           lease_expires_at = now() + case when n.place <= 3 then interval '-1 second' else '1 hour' end
       from unnest($2::uuid[]) with ordinality n (id, place)
       where q.id = n.id`,
      [runId, ids],
    );

    const first = await scene.retry();
    await whenLeasesEnd(scene.db);
    const second = await scene.retry();

    expect([first.report, second.report].map(({ rescued }) => rescued)).to.deep.equal([3, 5]);
    const charged = await scene.db.query<{ id: string }>(
      "select job_id as id from family_hub_jobs.attempts where error_code = 'interrupted' order by attempt_id",
    );
    expect(charged.map(({ id }) => id)).to.have.members(ids.slice(0, 2));
    await expectEachOnce(scene, ids);
  });
});
