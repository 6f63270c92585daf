// What becomes of a job after an attempt, by the contract's table and for any row of results.
import { expect } from "chai";
import fc from "fast-check";
import { failure, type ErrorCode } from "../../src/domain/failure.ts";
import { MAX_RETRIES } from "../../src/domain/job.ts";
import {
  decide,
  retriesLeft,
  type AttemptResult,
  type RetrySchedule,
} from "../../src/domain/outcome.ts";

const MINUTE_MS = 60_000;
const DESIGN: RetrySchedule = {
  delaysMs: [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS),
  jitter: 0,
};
const why = failure("internal", "Zitadel failed inside");
const transient: AttemptResult = { kind: "transient", failure: why };
const permanent: AttemptResult = { kind: "permanent", failure: why };

describe("the outcome of an attempt", () => {
  for (const retryCount of [0, 3, 5]) {
    it(`is completion for an account created after ${retryCount} retries`, () => {
      const outcome = decide(
        retryCount,
        { kind: "created", zitadelUserId: "z1", note: null },
        DESIGN,
        0,
      );

      expect(outcome).to.deep.equal({
        kind: "completed",
        adopted: false,
        zitadelUserId: "z1",
        note: null,
      });
    });

    it(`is completion for an account adopted after ${retryCount} retries`, () => {
      const outcome = decide(
        retryCount,
        { kind: "adopted", zitadelUserId: "z1", note: null },
        DESIGN,
        0,
      );

      expect(outcome).to.deep.equal({
        kind: "completed",
        adopted: true,
        zitadelUserId: "z1",
        note: null,
      });
    });

    it(`is failure with the same count for a permanent fault after ${retryCount} retries`, () => {
      const outcome = decide(retryCount, permanent, DESIGN, 0);

      expect(outcome).to.deep.equal({ kind: "failed", retryCount, failure: why });
    });

    it(`is deferral for what is not the job's fault after ${retryCount} retries`, () => {
      const stop = { outcome: "stopped", reason: "HTTP 429" } as const;
      const result = { kind: "blameless", failure: why, retryAfterMs: 7_000, stop } as const;

      const outcome = decide(retryCount, result, DESIGN, 0);

      expect(outcome).to.deep.equal({ kind: "deferred", failure: why, retryAfterMs: 7_000 });
    });
  }

  for (const [retryCount, minutes] of [1, 5, 15, 60, 240].entries()) {
    it(`is retry ${retryCount + 1} in ${minutes} minutes for a transient fault`, () => {
      const outcome = decide(retryCount, transient, DESIGN, 0);

      const delayMs = minutes * MINUTE_MS;
      expect(outcome).to.deep.equal({
        kind: "retry",
        retryCount: retryCount + 1,
        delayMs,
        failure: why,
      });
    });
  }

  it("is failure for a transient fault when all five retries are used up", () => {
    const outcome = decide(5, transient, DESIGN, 0);

    expect(outcome).to.deep.equal({ kind: "failed", retryCount: 5, failure: why });
  });

  it("is failure when a shortened schedule has no such retry any more", () => {
    const outcome = decide(4, transient, { delaysMs: [1_000, 2_000], jitter: 0 }, 0);

    expect(outcome).to.deep.equal({ kind: "failed", retryCount: 4, failure: why });
  });

  it("waits up to a tenth longer with a jitter of 10%, never shorter", () => {
    const jittered = { ...DESIGN, jitter: 0.1 };

    const delays = [0, 0.5, 0.999_999].map((random) => {
      const outcome = decide(0, transient, jittered, random);
      return outcome.kind === "retry" ? outcome.delayMs : null;
    });

    expect(delays).to.deep.equal([60_000, 63_000, 66_000]);
  });
});

const aCode = fc.constantFrom<ErrorCode[]>("unavailable", "timeout", "unknown", "username_taken");
const aFailure = fc
  .record({ code: aCode, message: fc.string() })
  .map(({ code, message }) => failure(code, message));
const aResult: fc.Arbitrary<AttemptResult> = fc.oneof(
  fc.constantFrom(
    { kind: "created", zitadelUserId: "z", note: null } as const,
    { kind: "adopted", zitadelUserId: "z", note: null } as const,
  ),
  aFailure.map((failed) => ({ kind: "transient", failure: failed }) as const),
  aFailure.map((failed) => ({ kind: "permanent", failure: failed }) as const),
  fc
    .tuple(aFailure, fc.option(fc.nat()))
    .map(
      ([failed, retryAfterMs]) =>
        ({ kind: "blameless", failure: failed, retryAfterMs, stop: null }) as const,
    ),
);
const aSchedule: fc.Arbitrary<RetrySchedule> = fc.record({
  delaysMs: fc.array(fc.nat({ max: 400 * 86_400_000 }), { minLength: 1, maxLength: MAX_RETRIES }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const aRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("any sequence of attempts", () => {
  it("keeps the retry count within 0 and 5, and never lets it fall", () => {
    fc.assert(
      fc.property(aSchedule, fc.array(fc.tuple(aResult, aRandom)), (schedule, attempts) => {
        let retryCount = 0;
        for (const [result, random] of attempts) {
          const outcome = decide(retryCount, result, schedule, random);
          const next = "retryCount" in outcome ? outcome.retryCount : retryCount;
          expect(next).to.be.within(retryCount, Math.min(retryCount + 1, MAX_RETRIES));
          retryCount = next;
        }
      }),
    );
  });

  it("makes one attempt more than the schedule has delays before it fails", () => {
    fc.assert(
      fc.property(aSchedule, aRandom, (schedule, random) => {
        const waits: number[] = [];
        let retryCount = 0;
        for (let attempt = 1; attempt <= 10; attempt += 1) {
          const outcome = decide(retryCount, transient, schedule, random);
          if (outcome.kind !== "retry") break;
          waits.push(outcome.delayMs);
          retryCount = outcome.retryCount;
        }

        expect(waits).to.have.lengthOf(schedule.delaysMs.length);
        expect(retryCount).to.equal(schedule.delaysMs.length);
      }),
    );
  });

  it("waits for the scheduled delay and at most the jitter's share on top, in whole ms", () => {
    fc.assert(
      fc.property(aSchedule, aRandom, fc.nat({ max: 4 }), (schedule, random, retryCount) => {
        const scheduledMs = schedule.delaysMs[retryCount];
        fc.pre(scheduledMs !== undefined);

        const outcome = decide(retryCount, transient, schedule, random);

        const delayMs = outcome.kind === "retry" ? outcome.delayMs : NaN;
        expect(delayMs).to.be.within(scheduledMs, Math.ceil(scheduledMs * (1 + schedule.jitter)));
        expect(Number.isInteger(delayMs)).to.equal(true);
      }),
    );
  });

  it("has a retry left exactly as long as a transient fault is retried", () => {
    fc.assert(
      fc.property(aSchedule, fc.nat({ max: 5 }), (schedule, retryCount) => {
        const retried = decide(retryCount, transient, schedule, 0).kind === "retry";

        expect(retriesLeft(retryCount, schedule)).to.equal(retried);
      }),
    );
  });

  it("uses up no retry for what is not the job's fault", () => {
    fc.assert(
      fc.property(aResult, fc.nat({ max: 5 }), (result, retryCount) => {
        fc.pre(result.kind === "blameless");

        const outcome = decide(retryCount, result, DESIGN, 0);

        expect(outcome).to.not.have.property("retryCount");
      }),
    );
  });
});
