import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { startDeadline } from "../src/deadline.ts";

describe("a deadline", () => {
  it("is over for all calls in flight once they are to give up, however many, without a warning on stderr", async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => warnings.push(warning);
    process.on("warning", collect);
    const giveUp = new AbortController();

    const deadlines = Array.from({ length: 20 }, () => startDeadline(60_000, giveUp.signal));
    await nextTurn();
    giveUp.abort();

    process.off("warning", collect);
    for (const { dispose } of deadlines) dispose();
    expect(warnings).to.deep.equal([]);
    expect(deadlines.map(({ signal }) => signal.aborted)).to.not.include(false);
  });

  it("does not listen any more after it was disposed of", () => {
    const giveUp = new AbortController();
    const { signal, dispose } = startDeadline(60_000, giveUp.signal);

    dispose();
    giveUp.abort();

    expect(signal.aborted).to.equal(false);
  });
});
