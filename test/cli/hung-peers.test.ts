// Peers that neither answer nor go away: nothing may keep a run waiting for ever.
import { kill } from "node:process";
import { expect } from "chai";
import { givenJob, readJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

describe("a token endpoint that hangs", () => {
  const scene = setScene();

  it("is given up after ZITADEL_TIMEOUT, however often memory is cleaned up in the meantime", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({ method: "token", kind: "hang" });
    const collect =
      "import v8 from 'node:v8';import vm from 'node:vm';v8.setFlagsFromString('--expose-gc');" +
      "setInterval(vm.runInNewContext('gc'),20).unref()";
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(collect)}`;

    const { code, report } = await scene.retry([], { NODE_OPTIONS, ZITADEL_TIMEOUT: "1s" });

    expect(code).to.equal(69);
    expect(report).to.include({ outcome: "unavailable", claimed: 0 });
    expect(report.durationMs).to.be.at.least(1000);
  });
});

describe("a connection that freezes while it holds the lock", () => {
  const scene = setScene();

  it("does not keep the process running: completed work is settled and reported", async () => {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "after", times: 1 },
    });
    const run = scene.start(["retry-accounts", "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    const { pid } = await scene.db.one<{ pid: number }>(
      `select pid from pg_stat_activity
       where application_name like 'fhj%' and datname = current_database() and state like 'idle in%'`,
    );

    kill(pid, "SIGSTOP");
    await scene.zitadel.control.release("call");
    const { code, stdout } = await run.ended.finally(() => kill(pid, "SIGCONT"));

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ outcome: "completed", created: 1 });
    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
  });
});

describe("a Postgres on which nothing can be written, as after a failover", () => {
  const scene = setScene();

  it("is 69 as one that is away: no job is touched", async () => {
    const job = await givenJob(scene.db);
    const url = new URL(scene.db.url);
    url.searchParams.set("options", "-c default_transaction_read_only=on");

    const { code, stderr } = await scene.cli(["retry-accounts"], { DATABASE_URL: url.href });

    expect(code).to.equal(69);
    expect(stderr).to.contain("read-only");
    expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
  });
});
