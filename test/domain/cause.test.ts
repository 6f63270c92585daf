// Causes of failure: their short names, and what an operator does about each.
import { expect } from "chai";
import { adviceFor, adviceForGroup, fingerprintOf, type Cause } from "../../src/domain/cause.ts";
import { DATABASE_REFUSALS } from "../../src/domain/database-refusal.ts";
import { ERROR_CODES } from "../../src/domain/failure.ts";

function cause(code: string | null, grpcCode: number | null = null, errorId: string | null = null) {
  return { code, grpcCode, zitadelErrorId: errorId } satisfies Cause;
}

describe("a fingerprint", () => {
  it("is the code, with the gRPC code and Zitadel's error id where there are any", () => {
    expect(fingerprintOf(cause("username_taken"))).to.equal("username_taken");
    expect(fingerprintOf(cause("timeout", 4))).to.equal("timeout/4");
    expect(fingerprintOf(cause("internal", 13, "SQL-KyeAx"))).to.equal("internal/13/SQL-KyeAx");
    expect(fingerprintOf(cause("internal", null, "SQL-KyeAx"))).to.equal("internal/-/SQL-KyeAx");
    expect(fingerprintOf(cause(null))).to.equal("no_code");
  });
});

describe("the advice", () => {
  it("exists for every error code", () => {
    for (const code of ERROR_CODES) {
      const { suggestion, advice } = adviceFor(cause(code));
      expect(suggestion, code).not.to.equal("look");
      expect(advice, code).to.have.length.above(10);
    }
  });

  it("is to requeue what was Zitadel's trouble, to add again what fails again", () => {
    const suggestions = (codes: string[]) => codes.map((code) => adviceFor(cause(code)).suggestion);

    expect(
      suggestions(["unavailable", "timeout", "internal", "unknown", "interrupted"]),
    ).to.deep.equal(Array(5).fill("requeue"));
    expect(
      suggestions(["username_taken", "id_taken", "invalid_argument", "undecryptable"]),
    ).to.deep.equal(Array(4).fill("add"));
  });

  it("is to set Zitadel up where its error id says that it could be", () => {
    expect(adviceFor(cause("invalid_argument", 3, "CRYPT-2xK7d")).suggestion).to.equal("configure");
    expect(adviceFor(cause("invalid_argument", 3, "COMMA-HuJf6")).suggestion).to.equal("add");
  });

  it("is to look where nobody wrote down what it was, also for a code of no version we know", () => {
    for (const code of [null, "moon_phase", "toString"]) {
      expect(adviceFor(cause(code)).suggestion).to.equal("look");
    }
  });

  it("is to wait for jobs that are all tried again", () => {
    const suggestion = (failed: number) =>
      adviceForGroup(cause("timeout", 4), { failed, requeueable: failed, sampleMessage: null })
        .suggestion;

    expect([suggestion(0), suggestion(1)]).to.deep.equal(["wait", "requeue"]);
  });

  it("is to fix the row or the rule where the database refused it, though the runs go on trying", () => {
    const advice = (failed: number, sampleMessage: string) =>
      adviceForGroup(cause("internal"), { failed, requeueable: failed, sampleMessage }).advice;
    const runbook = 'fix the row or the rule: docs/runbook.md, "The database refuses a row"';

    for (const refusal of DATABASE_REFUSALS) {
      expect(advice(0, `${refusal}: no`)).to.equal(`${runbook}; then \`retry-accounts --job\``);
      expect(advice(1, `${refusal}: no`)).to.equal(`${runbook}; then \`queue requeue\``);
    }
    expect(advice(0, "an internal failure")).to.match(/^nothing yet/);
    expect(advice(1, "an internal failure")).to.match(/^once Zitadel is healthy/);
  });

  it("is never to requeue jobs whose passwords are erased", () => {
    const advice = (failed: number, requeueable: number, code = "timeout") =>
      adviceForGroup(cause(code), { failed, requeueable, sampleMessage: null });

    for (const code of ERROR_CODES) {
      expect(advice(3, 0, code).advice, code).not.to.include("`queue requeue`");
    }
    expect(advice(3, 0).suggestion).to.equal("add");
    expect(advice(3, 1)).to.include({
      suggestion: "requeue",
      advice: "once Zitadel is healthy, `queue requeue` (not those whose password is erased: 2)",
    });
    expect(advice(3, 0, "canceled").suggestion).to.equal("none");
  });
});
