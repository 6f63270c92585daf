// How many jobs a run holds: few, and more only while they are worked off in no time.
import { expect } from "chai";
import type { ClaimedJob } from "../../src/domain/job.ts";
import { createJobFeed } from "../../src/use-cases/job-feed.ts";

const LEAST = 20;

/** Takes that many jobs, one each so many milliseconds, from a backlog that never ends. */
async function claimsOf(count: number, eachMs: number, limit = Infinity): Promise<number[]> {
  const claims: number[] = [];
  let clockMs = 0;
  const claim = async (wanted: number) => {
    claims.push(wanted);
    return Array.from({ length: wanted }, () => ({}) as ClaimedJob);
  };
  const feed = createJobFeed(
    claim,
    limit,
    () => LEAST,
    () => clockMs,
  );
  for (let taken = 0; taken < count; taken += 1) {
    await feed.next();
    clockMs += eachMs;
  }
  await feed.leftovers();
  return claims;
}

describe("a run", () => {
  it("holds few jobs while each takes its time", async () => {
    const claims = await claimsOf(200, 25);

    expect(Math.max(...claims)).to.equal(LEAST);
  });

  it("holds more while they are worked off in no time, up to a bound", async () => {
    const claims = await claimsOf(20_000, 0.1);

    expect(Math.max(...claims)).to.be.within(200, 400);
    expect(claims.length).to.be.below(120);
  });

  it("never claims more than its limit", async () => {
    const claims = await claimsOf(500, 0.1, 300);

    expect(claims.reduce((sum, wanted) => sum + wanted, 0)).to.equal(300);
  });
});
