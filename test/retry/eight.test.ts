// Eight processes at once on a thousand jobs: each job is processed once, by any of them.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { parseReport, setScene, type Scene } from "../support/scene.ts";
import type { CliResult } from "../support/cli.ts";

const JOBS = 1_000;
const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];
const CONCURRENCY = 5;

async function pauseCalls({ zitadel }: Scene): Promise<void> {
  await zitadel.control.addFault({
    ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
  });
}

async function letCallsGo({ zitadel }: Scene): Promise<void> {
  await zitadel.control.setFaults([]);
  await zitadel.control.release("call");
}

function start(scene: Scene, flags: readonly string[] = []): Promise<CliResult> {
  const args = ["retry-accounts", "--json", "--concurrency", String(CONCURRENCY), ...flags];
  return scene.start(args).ended;
}

async function expectEachAskedOnce({ db, zitadel }: Scene): Promise<void> {
  expect((await zitadel.control.counters()).requests.CreateUser).to.equal(JOBS);
  expect(
    await db.one<object>(
      `select count(*)::int as attempts, count(distinct job_id)::int as jobs
       from family_hub_jobs.attempts`,
    ),
  ).to.deep.equal({ attempts: JOBS, jobs: JOBS });
}

describe("eight runs started at once on 1,000 due jobs", () => {
  const scene = setScene();

  it("with --shard 1/8 to 8/8 all work at the same time: 1,000 accounts, each job once", async () => {
    const ids = await givenDueJobs(scene.db, JOBS);
    await pauseCalls(scene);
    const runs = EIGHT.map((part) => start(scene, ["--shard", `${part}/8`]));

    await scene.zitadel.control.waitForPaused({ name: "call", count: 8 * CONCURRENCY });
    await letCallsGo(scene);
    const results = await Promise.all(runs);

    expect(results.map(({ code }) => code)).to.deep.equal(EIGHT.map(() => 0));
    let created = 0;
    for (const report of results.map(parseReport)) {
      expect(report).to.include({ outcome: "completed", retried: 0, failed: 0, deferred: 0 });
      expect(report.created).to.be.above(CONCURRENCY).and.to.equal(report.due);
      created += report.created;
    }
    expect(created).to.equal(JOBS);
    await expectEachAskedOnce(scene);
    await expectEachOnce(scene, ids);
  });

  it("without shards are one that works and seven that yield with 0: 1,000 accounts", async () => {
    const ids = await givenDueJobs(scene.db, JOBS);
    await pauseCalls(scene);
    const runs = EIGHT.map(() => start(scene));

    await firstSeven(runs);
    await letCallsGo(scene);
    const results = await Promise.all(runs);

    expect(results.map(({ code }) => code)).to.deep.equal(EIGHT.map(() => 0));
    const reports = results.map(parseReport);
    expect(reports.map(({ outcome, created }) => [outcome, created]).sort()).to.deep.equal([
      ["completed", JOBS],
      ...Array.from({ length: 7 }, () => ["locked", 0]),
    ]);
    await expectEachAskedOnce(scene);
    await expectEachOnce(scene, ids);
  });
});

/** Resolves when all but one have ended. */
async function firstSeven(runs: readonly Promise<unknown>[]): Promise<void> {
  const waiting = new Map(runs.map((run, index) => [index, run.then(() => index)]));
  while (waiting.size > 1) waiting.delete(await Promise.race(waiting.values()));
}
