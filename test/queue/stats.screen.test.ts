// What `queue stats` looks like on terminals of several widths.
import { expect } from "chai";
import { givenShownJobs, givenShownRuns, withFixedTimes } from "../support/given-screen.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue stats", () => {
  const scene = setScene();

  async function look(columns: number, env = {}) {
    await givenShownJobs(scene.db);
    await givenShownRuns(scene.db);
    const shown = await atTerminalOf({ columns }, ["queue", "stats"], { ...scene.env, ...env });
    return { ...shown, text: withFixedTimes(shown.text) };
  }

  it("fits 60 columns", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
Failed     2: unavailable 1, username_taken 1
           (\`queue errors\` shows what to do)
Pending    2: 1 due now, the oldest for 3m; the next is due
           2026-01-31T08:00:00Z (in 10m)
Completed  1
Forecast   At the pace of the last runs (2.9 jobs a second),
           the 1 job due now will be processed by
           2026-01-31T08:00:00Z (in 0s).

Last runs of retry-accounts
RUN       OUTCOME      COUNTS       DURATION  AGE
4aa02eef  completed    failed 1, …  2.0s      3m
e8d7a8a0  unavailable  retried 3    40s       4m
25469c02  died         <none>       <none>    3d`.slice(1),
    );
  });

  it("fits 80 columns", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
Failed     2: unavailable 1, username_taken 1 (\`queue errors\` shows what to do)
Pending    2: 1 due now, the oldest for 3m; the next is due 2026-01-31T08:00:00Z
           (in 10m)
Completed  1
Forecast   At the pace of the last runs (2.9 jobs a second), the 1 job due now
           will be processed by 2026-01-31T08:00:00Z (in 0s).

Last runs of retry-accounts
RUN       OUTCOME      COUNTS                            DURATION  AGE
4aa02eef  completed    failed 1, created 118, retried 1  2.0s      3m
e8d7a8a0  unavailable  retried 3                         40s       4m
25469c02  died         <none>                            <none>    3d`.slice(1),
    );
  });

  it("fits 200 columns", async () => {
    const { text } = await look(200);

    expect(text).to.equal(
      `
Failed     2: unavailable 1, username_taken 1 (\`queue errors\` shows what to do)
Pending    2: 1 due now, the oldest for 3m; the next is due 2026-01-31T08:00:00Z (in 10m)
Completed  1
Forecast   At the pace of the last runs (2.9 jobs a second), the 1 job due now will be processed by
           2026-01-31T08:00:00Z (in 0s).

Last runs of retry-accounts
RUN       OUTCOME      COUNTS                            DURATION  AGE
4aa02eef  completed    failed 1, created 118, retried 1  2.0s      3m
e8d7a8a0  unavailable  retried 3                         40s       4m
25469c02  died         <none>                            <none>    3d`.slice(1),
    );
  });

  it("has what is wrong first, in red, and nothing of what is not so", async () => {
    await scene.db.query("update family_hub_jobs.breaker set opened_at = now(), reason = 'down'");

    const screen = await look(80);

    const names = screen.text.split("\n\n")[0]?.match(/^\w+/gm) ?? [];
    expect(names).to.deep.equal(["Breaker", "Failed", "Pending", "Completed", "Forecast"]);
    expect(names.map((name) => screen.colorOf(name))).to.deep.equal([
      ...["red", "red", null, null, null],
    ]);
  });

  it("paints what is wrong red, unless NO_COLOR is set", async () => {
    const screen = await look(80);
    expect(screen.colorOf("Failed")).to.equal("red");
    expect(screen.colorOf("Pending")).to.equal(null);
    expect(screen.colorOf("unavailable  ")).to.equal("red");
  });
});
