// What `runs` looks like on terminals of several widths.
import { expect } from "chai";
import { givenRun } from "../support/given-ledger.ts";
import { givenShownRuns } from "../support/given-screen.ts";
import { withOneTime } from "../support/masked.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of runs", () => {
  const scene = setScene();

  async function look(columns: number, ...args: string[]) {
    await givenShownRuns(scene.db);
    return atTerminalOf({ columns }, ["runs", ...args], scene.env);
  }

  it("shows at 60 columns how each run ended, and when", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
RUN       COMMAND            OUTCOME      AGE
4aa02eef  retry-accounts     completed    3m
e8d7a8a0  retry-accounts     unavailable  4m
870f2251  purge-invitations  completed    19h
25469c02  retry-accounts     died         3d
No room for COUNTS, DURATION: -o wide shows all.`.slice(1),
    );
  });

  it("shows all its columns at 80", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
RUN       COMMAND            OUTCOME      COUNTS       DURATION  AGE
4aa02eef  retry-accounts     completed    failed 1, …  2.0s      3m
e8d7a8a0  retry-accounts     unavailable  retried 3    40s       4m
870f2251  purge-invitations  completed    deleted 12   300ms     19h
25469c02  retry-accounts     died         <none>       <none>    3d`.slice(1),
    );
  });

  it("shows a dry run and one that lacked keys as what they are, and as completed in JSON", async () => {
    await givenRun(scene.db, { reason: "dry run: nothing was changed", startedAt: "'2026-01-02'" });
    await givenRun(scene.db, {
      reason: 'password keys are missing from the ring: "2025" (3 jobs)',
      startedAt: "'2026-01-01'",
    });
    await givenRun(scene.db, {
      ...{ command: "purge-jobs", reason: "dry run: nothing was changed" },
      ...{ counts: { deleted: 7, erased: 2 }, startedAt: "'2025-12-31'" },
    });

    const { stdout } = await scene.cli(["runs"]);
    const { runs } = await scene.json<{ runs: { outcome: string }[] }>(["runs"]);

    const [, dry = "", keyless = "", purge = ""] = stdout.split("\n");
    expect(dry).to.match(/^\S+ +retry-accounts +dry run +<none>/);
    expect(keyless).to.match(/^\S+ +retry-accounts +keys missing +<none>/);
    expect(purge).to.match(/^\S+ +purge-jobs +dry run +to delete 7, to erase 2/);
    expect(runs.map(({ outcome }) => outcome)).to.deep.equal(Array(3).fill("completed"));
  });

  it("says below a page how many runs there are, whatever is filtered", async () => {
    const plain = await look(80, "--limit", "2");
    const filtered = await atTerminalOf(
      { columns: 80 },
      ["runs", "--limit", "1", "--outcome", "completed,died", "--command", "retry-accounts"],
      scene.env,
    );

    expect(plain.code).to.equal(0);
    expect(plain.text).to.include("2 of 4 runs. Next page:");
    expect(filtered.text).to.include("1 of 2 runs. Next page:");
  });

  it("cuts no number: what does not fit of the counts is left out whole", async () => {
    const { text } = await look(68);

    expect(text).to.equal(
      `
RUN       COMMAND            OUTCOME      COUNTS       AGE
4aa02eef  retry-accounts     completed    failed 1, …  3m
e8d7a8a0  retry-accounts     unavailable  retried 3    4m
870f2251  purge-invitations  completed    deleted 12   19h
25469c02  retry-accounts     died         <none>       3d
No room for DURATION: -o wide shows all.`.slice(1),
    );
  });

  it("cuts nothing at 200, and shows more with -o wide", async () => {
    const [narrow, wide] = [
      await look(200),
      await atTerminalOf({ columns: 200 }, ["runs", "-o", "wide"], scene.env),
    ];

    expect(narrow.text).to.equal(
      `
RUN       COMMAND            OUTCOME      COUNTS                            DURATION  AGE  REASON
4aa02eef  retry-accounts     completed    failed 1, created 118, retried 1  2.0s      3m   <none>
e8d7a8a0  retry-accounts     unavailable  retried 3                         40s       4m   Zitadel is unreachable: after five faults in a row the run stopped
870f2251  purge-invitations  completed    deleted 12                        300ms     19h  <none>
25469c02  retry-accounts     died         <none>                            <none>    3d   <none>`.slice(
        1,
      ),
    );
    expect(withOneTime(wide.text)).to.equal(
      `
RUN                                   COMMAND            OUTCOME      COUNTS                                                  DURATION  STARTED               HOST   PID   VERSION  REASON
4aa02eef-5d2a-4b7f-9c1e-000000000801  retry-accounts     completed    due 120, claimed 120, failed 1, created 118, retried 1  2.0s      2026-01-31T08:00:00Z  pod-1  4711  0.0.1    <none>
e8d7a8a0-5d2a-4b7f-9c1e-000000000802  retry-accounts     unavailable  due 3, claimed 3, retried 3                             40s       2026-01-31T08:00:00Z  pod-1  4711  0.0.1    Zitadel is unreacha…
870f2251-5d2a-4b7f-9c1e-000000000803  purge-invitations  completed    batches 1, deleted 12                                   300ms     2026-01-31T08:00:00Z  pod-1  4711  0.0.1    <none>
25469c02-5d2a-4b7f-9c1e-000000000804  retry-accounts     died         <none>                                                  <none>    2026-01-31T08:00:00Z  pod-1  4711  0.0.1    <none>`.slice(
        1,
      ),
    );
  });

  it("makes a block of each run with -o wide at 60 columns", async () => {
    const { text } = await look(60, "-o", "wide", "--outcome", "unavailable");

    expect(withOneTime(text)).to.equal(
      `
RUN       e8d7a8a0-5d2a-4b7f-9c1e-000000000802
COMMAND   retry-accounts
OUTCOME   unavailable
COUNTS    due 3, claimed 3, retried 3
DURATION  40s
STARTED   2026-01-31T08:00:00Z
HOST      pod-1
PID       4711
VERSION   0.0.1
REASON    Zitadel is unreachable: after five faults in a row
          the run stopped`.slice(1),
    );
  });

  it("colours how they ended", async () => {
    const screen = await look(120);

    expect(screen.colorOf("completed")).to.equal("green");
    expect(screen.colorOf("unavailable")).to.equal("red");
    expect(screen.colorOf("died")).to.equal("red");
  });
});
