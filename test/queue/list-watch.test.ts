// queue list --watch off a terminal, where one answer is appended to the other.
import { once } from "node:events";
import { expect } from "chai";
import { BINARY } from "../support/cli.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { givenJob } from "../support/given.ts";
import { runProgram, setScene, type Running } from "../support/scene.ts";
import { until as untilDatabase } from "../support/wait-until.ts";

describe("queue list --watch off a terminal", () => {
  const scene = setScene();

  /** Resolves when the process has printed so much; fails when it ends before. */
  async function until(running: Running, stream: "stdout" | "stderr", what: RegExp): Promise<void> {
    let said = "";
    const source = running.process[stream];
    if (source === null) throw new Error("no pipe");
    while (!what.test(said)) {
      const [text] = (await Promise.race([
        once(source, "data"),
        running.ended.then((result) => Promise.reject(new Error(JSON.stringify(result)))),
      ])) as [string];
      said += text;
    }
  }

  it("appends tables with a blank line between, and ends by SIGINT with 0", async () => {
    const { id } = await givenJob(scene.db);
    const running = scene.start(["queue", "list", "--watch", "1s"]);
    await until(running, "stdout", /\n\nID[^]*pending/);

    running.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const [first = "", second] = stdout.split("\n\n");
    expect(first)
      .to.match(/^ID .*\n.* pending /)
      .and.to.include(id);
    expect(second?.trimEnd()).to.equal(first.trimEnd());
    expect(stdout).not.to.include("\u001b");
  });

  for (const [format, command] of [
    ["json", "list"],
    ["jsonl", "list"],
    ["json", "stats"],
  ] as const) {
    it(`appends an object a line with queue ${command} -o ${format}, and ends by SIGTERM with 143`, async () => {
      await givenJob(scene.db);
      const running = scene.start(["queue", command, "--watch", "1s", "-o", format]);
      await until(running, "stdout", /\n[^]*\n/);

      running.kill("SIGTERM");
      const { code, stdout } = await running.ended;

      expect(code).to.equal(143);
      const objects = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object);
      expect(objects.length).to.be.at.least(2);
      expect(objects[0]).to.be.an("object");
    });
  }

  it("ends quietly when its reader has seen enough", async () => {
    await givenJob(scene.db);

    const { code, stdout, stderr } = await runProgram(
      "bash",
      ["-c", 'set -o pipefail; "$NODE" "$BINARY" queue list --watch 1s | head -1'],
      { DATABASE_URL: scene.db.url, NODE: process.execPath, BINARY },
    );

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.match(/^ID .*\n$/);
  });

  it("reports on stderr that Postgres is gone, and continues when it is back", async () => {
    await givenJob(scene.db);
    const proxy = await startCuttingProxy(scene.db.url);
    const running = scene.start(["queue", "list", "--watch", "1s", "-o", "name"], {
      DATABASE_URL: proxy.url,
    });
    await until(running, "stdout", /\n/);

    proxy.refuse(true);
    await until(running, "stderr", /Postgres is unreachable/);
    proxy.refuse(false);
    await until(running, "stdout", /\n/);
    running.kill("SIGINT");

    expect((await running.ended).code).to.equal(0);
    await proxy.close();
  });

  it("fails as without --watch where there is no first answer", async () => {
    const proxy = await startCuttingProxy(scene.db.url);
    proxy.refuse(true);

    const { code, stdout } = await scene.cli(["queue", "list", "--watch"], {
      DATABASE_URL: proxy.url,
    });

    expect({ code, stdout }).to.deep.equal({ code: 69, stdout: "" });
    await proxy.close();
  });

  it("holds no transaction while it waits", async () => {
    await givenJob(scene.db);
    const running = scene.start(["queue", "list", "--watch", "1h"]);
    await until(running, "stdout", /pending/);

    const gone = `not exists (select from pg_stat_activity
      where application_name like 'fhj%' and datname = current_database())`;
    await untilDatabase(scene.db, gone);

    running.kill("SIGINT");
    expect((await running.ended).code).to.equal(0);
  });

  it("refuses an interval below a second", async () => {
    const results = await Promise.all(
      ["999ms", "0s", "2", "soon"].map((interval) =>
        scene.cli(["queue", "list", "--watch", interval]),
      ),
    );

    expect(results.map(({ code, stdout }) => ({ code, stdout }))).to.deep.equal(
      results.map(() => ({ code: 64, stdout: "" })),
    );
  });
});
