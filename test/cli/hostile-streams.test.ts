// Whoever reads the log goes away: the run goes on to its end.
import { expect } from "chai";
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
