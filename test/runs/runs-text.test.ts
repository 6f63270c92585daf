// The table of runs as people see it: on a terminal, and off one.
import { expect } from "chai";
import { runTable } from "../../src/runs/runs.text.ts";
import type { ListedRun } from "../../src/runs/runs.sql.ts";

const NOW = new Date("2026-01-31T08:00:00Z");

function givenRun(change: Partial<ListedRun> = {}): ListedRun {
  return {
    ...{ runId: "r1", command: "retry-accounts", host: "pod", pid: 7, version: "1", reason: null },
    ...{ startedAt: new Date("2026-01-31T07:57:00Z"), finishedAt: null, durationMs: null },
    ...{ outcome: "completed", counts: {}, ...change },
  };
}

const OFF = { terminal: false, color: false, now: NOW };
const ON = { terminal: true, color: true, now: NOW };
const cells = (table: string) => table.split("\n")[1]?.split(/ {2,}/);

describe("a table of runs", () => {
  it("tells ages on a terminal and times elsewhere", () => {
    const [on, off] = [
      runTable([givenRun()], false, ON).text,
      runTable([givenRun()], false, OFF).text,
    ];

    expect(on)
      .to.match(/ AGE\n/)
      .and.to.match(/ 3m\n$/);
    expect(off)
      .to.match(/ STARTED\n/)
      .and.to.match(/ 2026-01-31T07:57:00\.000Z\n$/);
  });

  it("has no colour off a terminal, nor where it is not wanted", () => {
    const died = givenRun({ outcome: "died" });

    expect(runTable([died], false, { ...ON, color: false }).text).not.to.include("\u001b");
    expect(runTable([died], false, OFF).text).not.to.include("\u001b");
  });

  it("tells how long a run took in the unit that fits", () => {
    const took = [20, 999, 1000, 9949, 119_400, 120_000, 3_725_000].map(
      (durationMs) => cells(runTable([givenRun({ durationMs })], false, OFF).text)?.[4],
    );

    expect(took).to.deep.equal(["20ms", "999ms", "1.0s", "9.9s", "119s", "2m0s", "62m5s"]);
  });

  it("puts what a run did in one order, whatever order the ledger has kept", () => {
    const counts = { zeal: 1, failed: 2, due: 9, created: 3, adopted: 0, claimed: 5 };

    const [narrow, wide] = [false, true].map(
      (isWide) => cells(runTable([givenRun({ counts })], isWide, OFF).text)?.[3],
    );

    expect(narrow).to.equal("created 3, failed 2, zeal 1");
    expect(wide).to.equal("due 9, claimed 5, created 3, failed 2, zeal 1");
  });
});
