// A goal of the benchmark counts as met only if it is met in every round.
import { expect } from "chai";
import { ratios, roundMedians } from "./measure/rounds.ts";
import { inWords, judge } from "./report/judgement.ts";
import { atLeast, atMost } from "./row.ts";
import { besideBest } from "./rows/drain.ts";

describe("the benchmark's judgement", () => {
  it("is the median of the rounds, and the round that is furthest from the goal", () => {
    const rounds = [1.3, 1.25, 1.21];

    expect(judge({ rounds, goal: atLeast(1.2) })).to.deep.equal({
      ...{ ratio: 1.25, worst: 1.21, missedRounds: 0, met: true },
    });
    expect(judge({ rounds, goal: atMost(1.3) }).worst).to.equal(1.3);
    expect(inWords({ rounds, goal: atLeast(1.2) })).to.equal("met");
  });

  it("is a miss if one round misses, however good the others are", () => {
    const rounds = [1, 1, 1, 1, 1, 1.155, 1.11];

    expect(judge({ rounds, goal: atMost(1.1) })).to.include({ ratio: 1, missedRounds: 2 });
    expect(inWords({ rounds, goal: atMost(1.1) })).to.equal(
      "missed in 2 of 7 rounds by up to 1.05 times",
    );
    expect(inWords({ rounds: [0.6, 1.4], goal: atLeast(1.2) })).to.equal(
      "missed in 1 of 2 rounds by up to 2 times",
    );
  });

  it("of a single figure names no rounds", () => {
    expect(inWords({ rounds: [2.2], goal: atMost(1.1) })).to.equal("missed by 2 times");
    expect(inWords({ rounds: [1.1], goal: atMost(1.1) })).to.equal("met");
  });

  it("of what could not be measured is a miss, and of a row without a goal nothing", () => {
    expect(judge({ rounds: [1, NaN], goal: atMost(1.1) })).to.include({ met: false });
    expect(judge({ rounds: [], goal: atMost(1.1) })).to.include({ met: false });
    expect(judge({ rounds: [3], goal: null })).to.include({ met: null, missedRounds: 0 });
    expect(inWords({ rounds: [3], goal: null })).to.equal("shown");
  });

  it("compares a drain with the peer that was fastest in the same round", () => {
    const rates = { ours: [100, 200], first: [50, 400], second: [100, 100] };

    const { rounds, theirs } = besideBest("drain", rates, ["first", "second"], 1);

    expect(rounds).to.deep.equal([1, 0.5]);
    expect(theirs).to.match(/^first 225 jobs\/s \(50-400\); second 100,/);
  });

  it("takes the median of each round of short programs", () => {
    expect(roundMedians([1, 9, 2, 4, 4, 5], 3)).to.deep.equal([2, 4]);
    expect(ratios([2, 4], [1, 8])).to.deep.equal([2, 0.5]);
  });
});
