// Runs over several shards at the same time: what one learns about Zitadel, the others keep.
import { expect } from "chai";
import { givenDueJobs } from "../support/given-many.ts";
import { setScene } from "../support/scene.ts";

describe("a run over one part of the queue", () => {
  const scene = setScene();

  it("leaves the pause and the breaker that a run over another part left in the meantime", async () => {
    await givenDueJobs(scene.db, 20);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "after", times: 1 },
    });
    const first = scene.start(["retry-accounts", "--json", "--shard", "1/2", "--concurrency", "1"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "http", status: 429, retryAfter: 600, times: 1 },
    });

    const second = await scene.retry(["--shard", "2/2", "--concurrency", "1"]);
    await scene.db.query("update family_hub_jobs.breaker set opened_at = now()");
    await scene.zitadel.control.release("call");
    const { code } = await first.ended;

    expect([code, second.code]).to.deep.equal([0, 75]);
    const left = await scene.db.one<object>(
      `select opened_at is not null as open, paused_until > now() as paused
       from family_hub_jobs.breaker`,
    );
    expect(left).to.deep.equal({ open: true, paused: true });
  });
});
