// A run lets the calls go that it has begun, but not one by one: each turn of the event loop costs time, too.
import { expect } from "chai";
import { stagger } from "../../src/retry/stagger.ts";

/** A number of calls, each begun within a number of milliseconds. @returns after which of them the loop turned */
async function turnsOf(calls: number, eachMs: number): Promise<number[]> {
  let clockMs = 0;
  const yieldToEventLoop = stagger(() => clockMs);
  const turns: number[] = [];
  for (let call = 1; call <= calls; call += 1) {
    clockMs += eachMs;
    let turned = false;
    setImmediate(() => (turned = true));
    await yieldToEventLoop();
    if (turned) turns.push(call);
  }
  return turns;
}

describe("a run that begins call after call", () => {
  it("sends the calls every two milliseconds", async () => {
    expect(await turnsOf(12, 0.5)).to.deep.equal([4, 8, 12]);
  });

  it("sends each call at once, if starting one takes that long", async () => {
    expect(await turnsOf(3, 5)).to.deep.equal([1, 2, 3]);
  });
});
