// How calls are spread over time.
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { createPace } from "../../src/zitadel/pace.ts";
import { givenAccount, useZitadel } from "../support/zitadel-adapter.ts";

describe("the pace of calls", () => {
  it("lets the first call go at once, and holds the second back", async () => {
    const pace = createPace(20, () => 0);

    const first = await hasGone(pace());
    const second = await hasGone(pace());

    expect([first, second]).to.deep.equal([true, false]);
  });

  it("lets the next call go when its time has come", async () => {
    const clock = { ms: 0 };
    const pace = createPace(20, () => clock.ms);
    await pace();

    clock.ms = 50;

    expect(await hasGone(pace())).to.equal(true);
  });

  it("holds a call back until just before its time", async () => {
    const clock = { ms: 0 };
    const pace = createPace(20, () => clock.ms);
    await pace();

    clock.ms = 45;

    expect(await hasGone(pace())).to.equal(false);
  });

  it("saves no calls up while idle: bursts lead to bans", async () => {
    const clock = { ms: 0 };
    const pace = createPace(20, () => clock.ms);
    await pace();

    clock.ms = 60_000;
    const first = await hasGone(pace());
    const second = await hasGone(pace());

    expect([first, second]).to.deep.equal([true, false]);
  });

  it("holds nothing back without a limit", async () => {
    const pace = createPace(Infinity, () => 0);

    const gone = await Promise.all(Array.from({ length: 100 }, () => hasGone(pace())));

    expect(gone).to.not.include(false);
  });
});

describe("the pace of Zitadel's adapter", () => {
  const zitadel = useZitadel();

  it("spreads every call that leaves, discovery and token included", async () => {
    const provider = zitadel.open({ callsPerSecond: 100 });
    const accounts = Array.from({ length: 8 }, () => givenAccount());

    await Promise.all(accounts.map((account) => provider.createAccount(account, false)));

    const calls = await zitadel.control.calls();
    const atMs = calls.map(({ at }) => at);
    expect(calls).to.have.lengthOf(10);
    expect(Math.max(...atMs) - Math.min(...atMs)).to.be.at.least(80);
  });
});

/** Whether the call may go now, without waiting for any timer. */
async function hasGone(pace: Promise<void>): Promise<boolean> {
  let gone = false;
  void pace.then(() => (gone = true));
  await nextTurn();
  return gone;
}
