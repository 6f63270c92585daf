// The breaker: when a run stops asking, and how carefully it begins again after an outage.
import { expect } from "chai";
import fc from "fast-check";
import { failure, type ErrorCode } from "../../src/domain/failure.ts";
import type { AttemptResult } from "../../src/domain/outcome.ts";
import { createUpstreamHealth, type UpstreamHealth } from "../../src/domain/upstream-health.ts";

const created: AttemptResult = { kind: "created", zitadelUserId: "z", note: null };
const rejected: AttemptResult = { kind: "permanent", failure: failure("invalid_argument", "no") };
const fault = faultOf("unavailable");
const blameless: AttemptResult = {
  kind: "blameless",
  failure: failure("rate_limited", "wait"),
  retryAfterMs: null,
  stop: null,
};

describe("the breaker of a healthy queue", () => {
  it("allows the whole concurrency from the start", () => {
    const health = createUpstreamHealth(10, false);

    expect(health.allowed()).to.equal(10);
    expect(health.isOpen()).to.equal(false);
  });

  it("opens at the fifth fault in a row", () => {
    const health = createUpstreamHealth(10, false);

    const open = [1, 2, 3, 4, 5].map(() => {
      health.note(fault);
      return health.isOpen();
    });

    expect(open).to.deep.equal([false, false, false, false, true]);
  });

  for (const [what, answered] of [
    ["an account created", created],
    ["a job refused for good", rejected],
  ] as const) {
    it(`begins to count again after ${what}`, () => {
      const health = createUpstreamHealth(10, false);
      note(health, fault, fault, fault, fault, answered, fault, fault, fault, fault);

      expect(health.isOpen()).to.equal(false);
    });
  }

  it("does not count results that are no sign of Zitadel's health", () => {
    const health = createUpstreamHealth(10, false);
    note(health, fault, fault, blameless, blameless, fault, fault, blameless);

    expect(health.isOpen()).to.equal(false);
    note(health, fault);
    expect(health.isOpen()).to.equal(true);
  });

  for (const code of ["interrupted", "id_taken"] as const) {
    it(`stays closed when Zitadel answers, though the jobs must try again (${code})`, () => {
      const health = createUpstreamHealth(10, false);
      note(health, ...Array<AttemptResult>(10).fill(faultOf(code)));

      expect(health.isOpen()).to.equal(false);
    });
  }

  for (const code of ["unavailable", "timeout", "internal", "unknown"] as const) {
    it(`takes ${code} for a fault of Zitadel`, () => {
      const health = createUpstreamHealth(10, false);
      note(health, ...Array<AttemptResult>(5).fill(faultOf(code)));

      expect(health.isOpen()).to.equal(true);
    });
  }

  it("stays open when the calls that were in flight come back answered", () => {
    const health = createUpstreamHealth(10, false);
    note(health, fault, fault, fault, fault, fault, created, created);

    expect(health.isOpen()).to.equal(true);
    expect(health.hasRecovered()).to.equal(false);
  });
});

describe("the breaker that was found open", () => {
  it("allows one attempt, then two, four, eight, up to the concurrency", () => {
    const health = createUpstreamHealth(10, true);

    const allowed = [health.allowed()];
    for (let n = 0; n < 5; n += 1) {
      health.note(created);
      allowed.push(health.allowed());
    }

    expect(allowed).to.deep.equal([1, 2, 4, 8, 10, 10]);
  });

  for (const concurrency of [1, 2, 10]) {
    it(`opens again at the first fault, with a concurrency of ${concurrency}`, () => {
      const health = createUpstreamHealth(concurrency, true);

      health.note(fault);

      expect(health.isOpen()).to.equal(true);
      expect(health.hasRecovered()).to.equal(false);
    });
  }

  it("opens again during the ramp when more than two faults come on each answer", () => {
    const health = createUpstreamHealth(10, true);
    note(health, created, fault, fault);
    const before = health.isOpen();

    note(health, fault);

    expect([before, health.isOpen(), health.hasRecovered()]).to.deep.equal([false, true, false]);
  });

  it("does not weigh the faults of suspects, but opens at the fifth in a row", () => {
    const health = createUpstreamHealth(10, true);

    const open = [1, 2, 3, 4, 5].map(() => {
      health.note(fault, true);
      return health.isOpen();
    });

    expect(open).to.deep.equal([false, false, false, false, true]);
    expect(health.isInDoubt()).to.equal(true);
  });

  it("takes five faults in a row again once the ramp is over", () => {
    const health = createUpstreamHealth(4, true);
    note(health, created, created, fault, fault, fault, fault);

    expect(health.isOpen()).to.equal(false);
    note(health, fault);
    expect(health.isOpen()).to.equal(true);
  });

  it("has recovered once an attempt was answered", () => {
    const health = createUpstreamHealth(10, true);
    const before = health.hasRecovered();

    health.note(created);

    expect([before, health.hasRecovered()]).to.deep.equal([false, true]);
  });

  it("does not ramp up for results that are no sign of Zitadel's health", () => {
    const health = createUpstreamHealth(10, true);
    note(health, blameless, blameless);

    expect(health.allowed()).to.equal(1);
    expect(health.hasRecovered()).to.equal(false);
  });
});

describe("a ramp", () => {
  it("does not open where a third of the attempts succeed, in any order", () => {
    const group = fc.shuffledSubarray([fault, fault, created], { minLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.array(group), (concurrency, groups) => {
        const health = createUpstreamHealth(concurrency, true);
        note(health, created, created, ...groups.flat());

        expect(health.isOpen()).to.equal(false);
      }),
    );
  });
});

describe("any breaker", () => {
  const aResult = fc.constantFrom(created, rejected, fault, blameless);

  it("allows between one attempt and the concurrency, and stays open once it is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.boolean(),
        fc.array(fc.tuple(aResult, fc.boolean())),
        (concurrency, foundOpen, results) => {
          const health = createUpstreamHealth(concurrency, foundOpen);
          let open = false;
          for (const [result, suspect] of results) {
            health.note(result, suspect);
            expect(health.allowed()).to.be.within(1, concurrency);
            if (open) expect(health.isOpen()).to.equal(true);
            open = health.isOpen();
          }
        },
      ),
    );
  });
});

function note(health: UpstreamHealth, ...results: readonly AttemptResult[]): void {
  for (const result of results) health.note(result);
}

function faultOf(code: ErrorCode): AttemptResult {
  return { kind: "transient", failure: failure(code, "Zitadel failed") };
}
