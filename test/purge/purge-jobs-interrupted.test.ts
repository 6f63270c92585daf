// purge-jobs killed, stopped or joined by others while it works: nothing is lost, nothing blocks.
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { givenJob } from "../support/given.ts";
import { givenAttempts, readActions } from "../support/given-history.ts";
import { AT_GATE, gateBefore } from "../support/row-gate.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { setScene, type Running } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface PurgeJson {
  readonly outcome: string;
  readonly deleted: number;
  readonly erased: number;
  readonly attempts: number;
}

const QUEUE = "auth.queued_managed_account_creations";
const BATCHED = ["purge-jobs", "--batch-size", "2"];

describe("purge-jobs in the middle of its batches", () => {
  const scene = setScene("ef");
  let gate: { end(): Promise<void> };

  before(() => scene.db.query(gateBefore("delete")));
  beforeEach(async () => {
    gate = await openTransaction(scene.db, "select pg_advisory_xact_lock(4711)");
  });
  afterEach(() => gate.end());

  /** Six completed jobs with two attempts each, the fourth of them at the gate. */
  async function givenSix(): Promise<void> {
    for (let n = 1; n <= 6; n += 1) {
      const completedAt = `now() - interval '${100 - n} days'`;
      const username = n === 4 ? "gate" : `kid_${n}`;
      const { id } = await givenJob(scene.db, { status: "completed", completedAt, username });
      await givenAttempts(scene.db, 2, completedAt, id);
    }
  }

  async function startedAtGate(): Promise<Running> {
    const run = scene.start([...BATCHED, "--json"]);
    await until(scene.db, AT_GATE);
    return run;
  }

  async function left(): Promise<{ jobs: number; attempts: number; audited: number }> {
    const { jobs, attempts } = await scene.db.one<{ jobs: number; attempts: number }>(
      `select (select count(*)::int from ${QUEUE}) as jobs,
              (select count(*)::int from family_hub_jobs.attempts) as attempts`,
    );
    const deleted = (await readActions(scene.db)).map(({ after }) => Number(after["deleted"]));
    return { jobs, attempts, audited: deleted.reduce((sum, count) => sum + count, 0) };
  }

  it("keeps what a killed run deleted, with its audit; the next run does the rest", async () => {
    await givenSix();
    const run = await startedAtGate();

    run.kill("SIGKILL");
    await run.ended;
    const killed = await left();
    await gate.end();
    const { code } = await scene.cli([...BATCHED, "--wait", "10s"]);

    expect(killed).to.deep.equal({ jobs: 4, attempts: 8, audited: 2 });
    const [died] = await readRuns(scene.db);
    expect(died?.outcome).to.equal(null);
    expect(died?.counts).to.include({ deleted: 2, attempts: 4, batches: 1 });
    expect(code).to.equal(0);
    await until(scene.db, `not exists (select from ${QUEUE})`);
    expect(await left()).to.deep.equal({ jobs: 0, attempts: 0, audited: 6 });
    expect((await scene.json<PurgeJson>(["purge-jobs"])).deleted).to.equal(0);
  });

  it("finishes its batch on SIGTERM, begins no other and ends with 143", async () => {
    await givenSix();
    const run = await startedAtGate();

    await run.interrupt("SIGTERM");
    await gate.end();
    const { code, stdout } = await run.ended;

    expect(code).to.equal(143);
    expect(JSON.parse(stdout)).to.include({ outcome: "interrupted", deleted: 4, attempts: 8 });
    expect(await left()).to.deep.equal({ jobs: 2, attempts: 4, audited: 4 });
  });

  it("makes a second one end with 0 and no output, or 75 with --fail-if-locked", async () => {
    await givenSix();
    const run = await startedAtGate();

    const silent = await scene.cli(["purge-jobs"]);
    const loud = await scene.cli(["purge-jobs", "--json", "--fail-if-locked"]);
    const stale = await scene.cli(["purge-jobs", "--max-lock-age", "0s"]);
    await gate.end();

    expect(silent).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(loud.code).to.equal(75);
    expect(JSON.parse(loud.stdout)).to.include({ outcome: "locked", deleted: 0 });
    expect(stale.code).to.equal(75);
    expect(stale.stderr).to.include("fhj purge-jobs");
    expect(JSON.parse((await run.ended).stdout)).to.include({ deleted: 6 });
  });

  it("lets two that wait for each other delete every job once", async () => {
    await givenSix();
    await gate.end();
    const both = [scene.start([...BATCHED, "--json", "--wait", "15s"])];
    both.push(scene.start([...BATCHED, "--json", "--wait", "15s"]));

    const results = await Promise.all(both.map(({ ended }) => ended));

    const deleted = results.map(({ stdout }) => (JSON.parse(stdout) as PurgeJson).deleted);
    expect(deleted.toSorted()).to.deep.equal([0, 6]);
    expect(await left()).to.deep.equal({ jobs: 0, attempts: 0, audited: 6 });
  });

  it("holds up neither the API, which adds and changes jobs, nor runs, which work them", async () => {
    await givenSix();
    const failed = await givenJob(scene.db, { status: "failed" });
    const run = await startedAtGate();

    const added = await givenJob(scene.db);
    await scene.db.query(`update ${QUEUE} set full_name = 'Kim Jones' where id = $1`, [failed.id]);
    const worked = await scene.retry();
    await gate.end();

    expect(worked.report).to.include({ outcome: "completed", created: 1 });
    expect(JSON.parse((await run.ended).stdout)).to.include({ outcome: "completed", deleted: 6 });
    const rows = await scene.db.query<{ id: string; name: string; status: string }>(
      `select id, full_name as name, status from ${QUEUE} order by status`,
    );
    expect(rows).to.deep.equal([
      { id: added.id, name: "Kim Smith", status: "completed" },
      { id: failed.id, name: "Kim Jones", status: "failed" },
    ]);
  });

  it("deletes what is old and nothing else while the API adds jobs all the time", async () => {
    await gate.end();
    for (let n = 0; n < 20; n += 1) {
      await givenJob(scene.db, {
        ...{ status: "completed", completedAt: `now() - interval '${91 + n} days'` },
      });
    }
    const run = scene.start(["purge-jobs", "--batch-size", "1", "--json"]);
    const added: string[] = [];
    let running = true;
    void run.ended.then(() => (running = false));

    while (running) {
      const status = added.length % 2 === 0 ? "pending" : "completed";
      added.push((await givenJob(scene.db, { id: randomUUID(), status })).id);
    }

    expect(JSON.parse((await run.ended).stdout)).to.include({ deleted: 20, erased: 0 });
    const rows = await scene.db.query<{ id: string }>(`select id from ${QUEUE}`);
    expect(rows.map(({ id }) => id)).to.have.members(added);
    expect(added.length).to.be.above(2);
  });
});
