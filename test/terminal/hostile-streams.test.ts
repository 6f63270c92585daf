// The reader of the log closes: the run continues to its end.
import { expect } from "chai";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { useFiles } from "../support/given-settings.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { givenJob, readJob } from "../support/given.ts";
import { readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("a reader who leaves in the middle of a run", () => {
  const scene = setScene();
  const env = { LOG_LEVEL: "debug", LOG_FORMAT: "json" };

  const readers: Readonly<Record<string, readonly ("stdout" | "stderr")[]>> = {
    "of stderr": ["stderr"],
    "of stdout": ["stdout"],
    "of both": ["stdout", "stderr"],
  };
  for (const [whose, streams] of Object.entries(readers)) {
    it(`${whose} does not end it: every job is created, the code is 0`, async () => {
      const jobs = [await givenJob(scene.db), await givenJob(scene.db), await givenJob(scene.db)];
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "first", at: "before", times: 1 },
      });
      const run = scene.start(["retry-accounts", "-v", "--concurrency", "1"], env);
      await scene.zitadel.control.waitForPaused({ name: "first" });

      for (const stream of streams) run.process[stream]?.destroy();
      await scene.zitadel.control.release("first");
      const { code } = await run.ended;

      expect(code).to.equal(0);
      for (const { id } of jobs) expect((await readJob(scene.db, id)).status).to.equal("completed");
      expect((await readRuns(scene.db))[0]).to.include({ outcome: "completed" });
    });
  }

  it("changes no exit code: what is wrong is still told by it", async () => {
    const job = await givenJob(scene.db);
    await givenJob(scene.db);
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "pause", name: "first", at: "before", times: 1 },
      { method: "CreateUser", kind: "grpc", code: 7, id: "AUTH-5mWD2" },
    ]);
    const run = scene.start(["retry-accounts", "-v", "--concurrency", "1"], env);
    await scene.zitadel.control.waitForPaused({ name: "first" });

    run.process.stderr?.destroy();
    await scene.zitadel.control.release("first");
    const { code } = await run.ended;

    expect(code).to.equal(77);
    expect((await readJob(scene.db, job.id)).leased).to.equal(false);
    expect((await readRuns(scene.db))[0]).to.include({ outcome: "refused" });
  });

  it("before it began does not keep a fault of the settings from being 78", async () => {
    const run = scene.start(["retry-accounts"], { RETRY_LEASE: "soon" });

    run.process.stderr?.destroy();

    expect((await run.ended).code).to.equal(78);
  });
});

describe("a process whose work is done", () => {
  const scene = setScene();
  const file = useFiles();
  /** As a name server that never answers keeps it: longer than mocha waits for any test. */
  const KEPT_MS = 600_000;
  const kept = () => {
    const path = file("kept.cjs", `setTimeout(() => undefined, ${KEPT_MS});`);
    return { NODE_OPTIONS: `--require=${path}` };
  };

  it("ends with its code, whatever is still waited for somewhere", async () => {
    const idle = await scene.cli(["purge-invitations"], kept());
    const wrong = await scene.cli(["queue", "list", "--sort", "moon"], kept());
    const settings = await scene.cli(["retry-accounts"], { ...kept(), RETRY_LEASE: "soon" });

    expect([idle.code, wrong.code, settings.code]).to.deep.equal([0, 64, 78]);
    expect(settings.stderr).to.include("RETRY_LEASE");
  });

  it("ends only when a slow reader has it all", async () => {
    await givenDueJobs(scene.db, 500);
    const run = scene.start(["queue", "list", "--json", "--limit", "500"], kept());
    run.process.stdout?.pause();
    await once(run.process.stdout as Readable, "readable");

    run.process.stdout?.resume();
    const { code, stdout } = await run.ended;

    expect(code).to.equal(0);
    expect(stdout.length).to.be.above(3 * 65_536);
    expect((JSON.parse(stdout) as { jobs: unknown[] }).jobs).to.have.length(500);
  });
});
