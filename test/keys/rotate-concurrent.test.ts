// keys rotate while others work: runs, another rotation, changes of a row, signals and kills.
import { expect } from "chai";
import type { JWK } from "jose";
import pg from "pg";
import { generateKey } from "../../src/passwords/generate.ts";
import { expectEachOnce } from "../support/books.ts";
import { readJob, type GivenJob } from "../support/given.ts";
import { givenJobUnder, readSealed, ringEnv } from "../support/given-keys.ts";
import { holdRotationAt } from "../support/held-rotation.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const QUEUE = "auth.queued_managed_account_creations";

describe("keys rotate, not alone", () => {
  const scene = setScene();
  let [old, fresh]: JWK[] = [{}, {}];
  let env: Record<string, string | undefined>;

  beforeEach(async () => {
    [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
    env = ringEnv(fresh, old);
  });

  const givenJobs = (count: number) =>
    Promise.all(Array.from({ length: count }, () => givenJobUnder(scene.db, old ?? {})));
  const rotate = (...args: string[]) => scene.cli(["keys", "rotate", "--json", ...args], env);
  const kidOf = async ({ id }: GivenJob) =>
    (await readSealed(scene.db, id, fresh ?? {}, old ?? {})).kid;
  const underFresh = async (jobs: readonly GivenJob[]) =>
    (await Promise.all(jobs.map(kidOf))).filter((kid) => kid === fresh?.kid).length;

  async function expectPassword({ id, password }: GivenJob): Promise<void> {
    const user = await scene.zitadel.control.findUser({ userId: id });
    expect(user?.password).to.equal(password);
  }

  /** Starts a rotation that has read and sealed its first batch, and cannot write it. */
  async function rotateUpToWriting(...args: string[]) {
    const blocker = new pg.Client({ connectionString: scene.db.url });
    await blocker.connect();
    await blocker.query(`begin; lock table ${QUEUE} in share mode`);
    const run = scene.start(["keys", "rotate", "--json", ...args], env);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where wait_event_type = 'Lock'
         and application_name like 'fhj keys rotate%' and datname = current_database())`,
    );
    return { blocker, run };
  }

  it("makes a second one end with 0 and no output, or 75 with --fail-if-locked", async () => {
    await givenJobs(2);
    const { blocker, run } = await rotateUpToWriting();

    const silent = await scene.cli(["keys", "rotate"], env);
    const loud = await rotate("--fail-if-locked");
    await blocker.end();

    expect(silent).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(loud.code).to.equal(75);
    expect(JSON.parse(loud.stdout)).to.include({ outcome: "locked", rotated: 0 });
    expect(JSON.parse((await run.ended).stdout)).to.include({ rotated: 2 });
  });

  for (const [signal, exit] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`finishes its batch on ${signal}, begins no other and ends with ${exit}`, async () => {
      const jobs = await givenJobs(5);
      const { blocker, run } = await rotateUpToWriting("--batch-size", "2");

      await run.interrupt(signal);
      await blocker.end();
      const { code, stdout } = await run.ended;

      expect(code).to.equal(exit);
      expect(JSON.parse(stdout)).to.include({
        ...{ outcome: "interrupted", reason: signal, rotated: 2, batches: 1 },
      });
      expect(await underFresh(jobs)).to.equal(2);
    });
  }

  it("loses nothing when it is killed: the next one continues", async () => {
    const jobs = await givenJobs(5);
    const { blocker, run } = await rotateUpToWriting("--batch-size", "2");

    run.kill("SIGKILL");
    await run.ended;
    await blocker.end();
    const next = await rotate("--wait", "10s");

    expect(next.code).to.equal(0);
    expect(await underFresh(jobs)).to.equal(5);
    const [killed, completed] = await readRuns(scene.db);
    expect([killed?.outcome, completed?.outcome]).to.deep.equal([null, "completed"]);
  });

  const losses = [
    { what: "its connection", that: "wait_event_type = 'Lock'", code: 69, rotated: 0 },
    { what: "its lock", that: "state = 'idle in transaction'", code: 75, rotated: 2 },
  ];
  for (const { what, that, code, rotated } of losses) {
    it(`ends with ${code} when it loses ${what}, and the next one continues`, async () => {
      const jobs = await givenJobs(5);
      const { blocker, run } = await rotateUpToWriting("--batch-size", "2");

      await scene.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name like 'fhj keys rotate%' and datname = current_database() and ${that}`,
      );
      await until(
        scene.db,
        `not exists (select from pg_stat_activity where ${that}
        and application_name like 'fhj keys rotate%' and datname = current_database())`,
      );
      await blocker.end();
      const lost = await run.ended;
      const next = await rotate("--wait", "10s");

      expect(lost.code).to.equal(code);
      expect(JSON.parse(lost.stdout)).to.include({ rotated });
      expect(JSON.parse(next.stdout)).to.include({ rotated: 5 - rotated, current: rotated });
      expect(await underFresh(jobs)).to.equal(5);
    });
  }

  it("overwrites no row that changed since it was read", async () => {
    const jobs = await givenJobs(5);
    const [replaced, claimed, completed, deleted, waiting] = jobs.map(({ id }) => id);
    const { blocker, run } = await rotateUpToWriting();

    await blocker.query(`
      update ${QUEUE} set encrypted_password = 'another' where id = '${replaced}';
      update ${QUEUE} set status = ' Processing' where id = '${claimed}';
      update ${QUEUE} set status = 'completed', encrypted_password = '' where id = '${completed}';
      delete from ${QUEUE} where id = '${deleted}';
      commit`);
    await blocker.end();
    const { code, stdout } = await run.ended;

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ rotated: 1, held: 4 });
    const { encryptedPassword } = await readJob(scene.db, replaced ?? "");
    expect(encryptedPassword).to.equal("another");
    expect(await readSealed(scene.db, claimed ?? "", old ?? {})).to.include({ kid: old?.kid });
    expect(await readJob(scene.db, completed ?? "")).to.include({ encryptedPassword: "" });
    expect(await readSealed(scene.db, waiting ?? "", fresh ?? {})).to.include({ kid: fresh?.kid });
  });

  it("skips a row that another session has locked; the next one takes it", async () => {
    const jobs = await givenJobs(3);
    const busy = await openTransaction(
      scene.db,
      `select from ${QUEUE} where id = '${jobs[0]?.id}' for update`,
    );

    const first = await rotate();
    await busy.end();
    const second = await rotate();

    expect(JSON.parse(first.stdout)).to.include({ rotated: 2, held: 1 });
    expect(JSON.parse(second.stdout)).to.include({ rotated: 1, current: 2, held: 0 });
  });

  it("leaves the jobs that a run holds, and both do their work on the same rows", async () => {
    const jobs = await givenJobs(4);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 2 },
    });
    const args = ["retry-accounts", "--json", "--limit", "2", "--concurrency", "2"];
    const run = scene.start(args, env);
    await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });

    const other = await rotate();
    await scene.zitadel.control.release("call");
    const worked = await run.ended;
    const { report } = await scene.retry([], ringEnv(fresh ?? {}));

    expect(JSON.parse(other.stdout)).to.include({ rotated: 2, held: 2, current: 0 });
    expect(JSON.parse(worked.stdout)).to.include({ outcome: "completed", created: 2 });
    expect(report).to.include({ due: 2, created: 2 });
    await expectEachOnce(
      scene,
      jobs.map(({ id }) => id),
    );
    for (const job of jobs) await expectPassword(job);
  });

  it("makes a run skip the rows that it is writing, using up no retry", async () => {
    const jobs = await givenJobs(3);
    const hold = await holdRotationAt(scene.db, 3);
    const run = scene.start(["keys", "rotate", "--json"], env);
    await hold.reached();

    const during = await scene.retry([], env);
    await hold.release();
    const { stdout } = await run.ended;
    const afterwards = await scene.retry([], ringEnv(fresh ?? {}));

    expect(during.report).to.include({ outcome: "completed", due: 3, claimed: 0, retried: 0 });
    expect(JSON.parse(stdout)).to.include({ rotated: 3, held: 0 });
    expect(afterwards.report).to.include({ due: 3, created: 3 });
    await expectEachOnce(
      scene,
      jobs.map(({ id }) => id),
    );
    for (const job of jobs) await expectPassword(job);
  });
});
