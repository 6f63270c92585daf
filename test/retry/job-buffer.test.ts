// How jobs are handed out: few are held, none is begun once Postgres is gone.
import { expect } from "chai";
import type { ClaimedJob } from "../../src/domain/job.ts";
import { createJobBuffer } from "../../src/retry/job-buffer.ts";

const BATCH = 20;
const jobs = (count: number) => Array.from({ length: count }, () => ({}) as ClaimedJob);

describe("the feed of a run", () => {
  it("holds one batch at most, and claims the next half before that is used up", async () => {
    const claims: number[] = [];
    const claim = async (wanted: number) => {
      claims.push(wanted);
      return jobs(wanted);
    };
    const feed = createJobBuffer(claim, Infinity, () => BATCH);

    for (let taken = 0; taken < 100; taken += 1) await feed.next();
    const held = await feed.leftovers();

    expect(claims[0]).to.equal(BATCH);
    expect(Math.max(...claims.slice(1))).to.be.at.most(BATCH / 2 + 1);
    expect(held.length).to.be.at.most(BATCH);
  });

  it("never claims more than its limit", async () => {
    let claimed = 0;
    const claim = async (wanted: number) => {
      claimed += wanted;
      return jobs(wanted);
    };
    const feed = createJobBuffer(claim, 33, () => BATCH);

    let taken = 0;
    while ((await feed.next()) !== null) taken += 1;

    expect({ claimed, taken }).to.deep.equal({ claimed: 33, taken: 33 });
  });

  it("hands out nothing more once a claim has failed: what is left over is released", async () => {
    let claims = 0;
    const claim = async (wanted: number) => {
      claims += 1;
      if (claims > 1) throw new Error("Postgres is gone");
      return jobs(wanted);
    };
    const feed = createJobBuffer(claim, Infinity, () => BATCH);

    let taken = 0;
    let failure = "";
    while (failure === "" && taken < BATCH) {
      await feed.next().then(
        () => (taken += 1),
        (error: Error) => (failure = error.message),
      );
    }

    expect(failure).to.equal("Postgres is gone");
    expect(taken).to.be.below(BATCH);
    expect((await feed.leftovers()).length).to.equal(BATCH - taken);
  });
});
