// What `--watch` looks like while the queue, the window and Postgres change.
import { expect } from "chai";
import { startCuttingProxy, type CuttingProxy } from "../support/cutting-proxy.ts";
import { givenShownJob, withFixedTimes } from "../support/given-screen.ts";
import { startAtTerminal, type AtTerminal } from "../support/pseudo-terminal.ts";
import { setScene } from "../support/scene.ts";

const CTRL_C = "\u0003";

describe("the screen of queue list --watch", () => {
  const scene = setScene();
  const started: AtTerminal[] = [];
  let proxy: CuttingProxy | null = null;

  function watch(columns: number, rows: number, args: string[], env = {}): AtTerminal {
    const size = { columns, rows };
    const terminal = startAtTerminal(["queue", ...args], { ...scene.env, ...env }, size);
    started.push(terminal);
    return terminal;
  }

  afterEach(async () => {
    for (const terminal of started.splice(0)) {
      terminal.type(CTRL_C);
      await terminal.ended;
    }
    await proxy?.close();
    proxy = null;
  });

  it("is redrawn in place as the queue changes, without a cursor", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");
    const terminal = watch(80, 12, ["list", "--watch", "1s"]);
    await terminal.until(/kid_1 /);

    await givenShownJob(scene.db, 2, "3 hours 20 minutes", { status: "failed" });
    const seen = await terminal.until(/kid_2 /);

    expect(withFixedTimes(seen)).to.equal(
      `
every 1s  2026-01-31T08:00:00Z
ID        STATUS   RETRIES  NEXT    ERROR   USERNAME  AGE
dd43e5cf  pending  0        3m ago  <none>  kid_1     3m
7b7b5f80  failed   0        <none>  <none>  kid_2     3h`.slice(1),
    );
    expect(terminal.cursorHidden()).to.equal(true);
  });

  it("ends by Ctrl-C with 0, the last answer still there and the cursor below it", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");
    const terminal = watch(80, 12, ["list", "--watch"]);
    const before = await terminal.until(/kid_1 /);

    terminal.type(CTRL_C);
    const code = await terminal.ended;

    expect(code).to.equal(0);
    expect(terminal.seen()).to.equal(before);
    expect({ hidden: terminal.cursorHidden(), wraps: terminal.wraps() }).to.deep.equal({
      ...{ hidden: false, wraps: true },
    });
  });

  it("is redrawn at once in the new width when the window is dragged", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds", { lastErrorCode: "timeout" });
    const terminal = watch(100, 12, ["list", "--watch", "1h"]);
    await terminal.until(/RETRIES/);

    await terminal.drag(40, 12);
    const narrow = await terminal.until(/No room/);
    await terminal.drag(100, 12);
    const wide = await terminal.until(/^every 1h  \S+\nID +STATUS +RETRIES/);

    expect(withFixedTimes(narrow)).to.equal(
      `
every 1h  2026-01-31T08:00:00Z  No room…
ID        STATUS   ERROR    USERNAME
dd43e5cf  pending  timeout  kid_1`.slice(1),
    );
    expect(withFixedTimes(wide)).to.equal(
      `
every 1h  2026-01-31T08:00:00Z
ID        STATUS   RETRIES  NEXT    ERROR    USERNAME  AGE
dd43e5cf  pending  0        3m ago  timeout  kid_1     3m`.slice(1),
    );
  });

  it("shows no more than the window is high, and says how much more there is", async () => {
    for (let n = 1; n <= 9; n += 1) await givenShownJob(scene.db, n, `${n + 2} hours 20 minutes`);

    const terminal = watch(80, 8, ["list", "--watch", "1h", "--limit", "8"]);
    const seen = await terminal.until(/more lines/);

    expect(withFixedTimes(seen)).to.equal(
      `
every 1h  2026-01-31T08:00:00Z  8 of 9 jobs
ID        STATUS   RETRIES  NEXT     ERROR   USERNAME  AGE
dd43e5cf  pending  0        3h ago   <none>  kid_1     3h
7b7b5f80  pending  0        4h ago   <none>  kid_2     4h
19b2d931  pending  0        5h ago   <none>  kid_3     5h
b7ea52e2  pending  0        6h ago   <none>  kid_4     6h
… 4 more lines`.slice(1),
    );
  });

  it("says that Postgres is gone and shows the last answer until it is back", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");
    proxy = await startCuttingProxy(scene.db.url);
    const terminal = watch(120, 12, ["list", "--watch", "1s"], { DATABASE_URL: proxy.url });
    await terminal.until(/kid_1 /);

    proxy.refuse(true);
    const gone = await terminal.until(/unreachable/);
    await givenShownJob(scene.db, 2, "3 hours 20 minutes");
    proxy.refuse(false);
    const back = await terminal.until(/kid_2 /);

    const withoutWhy = withFixedTimes(gone).replace(/unreachable: .*/, "unreachable: (why)");
    expect(withoutWhy).to.equal(
      `
every 1s  2026-01-31T08:00:00Z  Postgres is unreachable: (why)
ID        STATUS   RETRIES  NEXT    ERROR   USERNAME  AGE
dd43e5cf  pending  0        3m ago  <none>  kid_1     3m`.slice(1),
    );
    expect(back).not.to.include("unreachable");
    terminal.type(CTRL_C);
    expect(await terminal.ended).to.equal(0);
  });

  it("watches queue stats as well", async () => {
    await givenShownJob(scene.db, 1, "3 minutes 20 seconds");
    const terminal = watch(80, 16, ["stats", "--watch", "1s"]);
    await terminal.until(/Pending +1: 1 due now/);

    await givenShownJob(scene.db, 2, "3 hours 20 minutes", { status: "failed" });

    expect(await terminal.until(/Failed +1/)).to.match(/^every 1s {2}20/);
  });
});
