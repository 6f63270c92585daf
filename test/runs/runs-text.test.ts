// The table of runs as people see it: on a terminal, and off one.
import { expect } from "chai";
import { runTable } from "../../src/runs/runs-table.text.ts";
import { formatRuns } from "../../src/runs/runs.text.ts";
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
  it("reports ages on a terminal and times elsewhere", () => {
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

  it("reports how long a run took in the unit that fits", () => {
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

    expect(narrow).to.equal("failed 2, created 3, zeal 1");
    expect(wide).to.equal("due 9, claimed 5, failed 2, created 3, zeal 1");
  });

  it("folds runs that ended alike, one after the other, on a terminal", async () => {
    const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
    const outage = Array.from({ length: 38 }, (_, minute) =>
      givenRun({ runId: `down${minute}`, outcome: "unavailable", startedAt: at(minute + 2) }),
    );
    const runs = [
      givenRun({ runId: "up", counts: { created: 3 }, startedAt: at(1) }),
      ...outage,
      ...[50, 51].map((minute) => givenRun({ runId: `idle${minute}`, startedAt: at(minute) })),
    ];
    const page = { runs, nextCursor: null };
    const plain = { ...ON, color: false };

    const folded = (await formatRuns(page, "table", false, plain)).text;
    const others = await Promise.all([
      formatRuns(page, "table", true, plain),
      formatRuns(page, "wide", false, plain),
      formatRuns(page, "table", false, OFF),
      formatRuns(page, "name", false, plain),
    ]);

    expect(folded).to.equal(
      `
RUN     COMMAND         OUTCOME      COUNTS     DURATION  AGE
up      retry-accounts  completed    created 3  <none>    60s
down0   retry-accounts  unavailable  <none>     <none>    2m
  37 more, unavailable, since 2026-01-31T07:21Z (-v: all)
idle50  retry-accounts  completed    <none>     <none>    50m
idle51  retry-accounts  completed    <none>     <none>    51m
`.slice(1),
    );
    for (const { text } of others) {
      expect(runs.every(({ runId }) => text.includes(runId))).to.equal(true);
    }
  });

  it("keeps apart runs of other commands, outcomes or counts, and is empty where there is none", async () => {
    const changes: Partial<ListedRun>[] = [
      ...[
        {},
        { command: "purge-jobs" },
        { outcome: "stopped" as const },
        { counts: { created: 1 } },
      ],
    ];
    const runs = changes.map((change, n) => givenRun({ ...change, runId: `run-${n}` }));

    const { text } = await formatRuns({ runs, nextCursor: null }, "table", false, ON);
    const none = await formatRuns({ runs: [], nextCursor: null }, "table", false, ON);

    expect(text.trimEnd().split("\n")).to.have.length(5);
    expect(none.text).to.equal("");
  });
});
