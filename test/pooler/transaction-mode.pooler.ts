// The lock and the clock behind PgBouncer in transaction mode. Needs Debian's pgbouncer.
import { once } from "node:events";
import { expect } from "chai";
import type { Variant } from "../support/family-hub-schemas.ts";
import { emptyDatabase } from "../support/database.ts";
import { givenJob, readJob } from "../support/given.ts";
import { testServer } from "../support/test-server.ts";
import { parseReport, setScene } from "../support/scene.ts";
import { startPgBouncer, type Pooler } from "./pgbouncer.ts";
import { MIGRATED, ROLLED_BACK } from "../support/migrated.ts";

for (const variant of ["own", "script"] satisfies Variant[]) {
  describe(`behind PgBouncer in transaction mode, on the ${variant} database`, () => {
    const scene = setScene(variant);
    let pooler: Pooler;
    let env: Record<string, string>;

    before(async () => {
      pooler = await startPgBouncer(testServer().port, 20);
    });
    after(() => pooler.stop());
    beforeEach(() => {
      env = { DATABASE_URL: pooler.url(scene.db.url) };
    });

    it("lets one of eight runs work, and seven yield", async () => {
      for (let i = 0; i < 60; i += 1) await givenJob(scene.db);
      await scene.zitadel.control.changeSettings({ latencyMs: 100 });

      const runs = await Promise.all(Array.from({ length: 8 }, () => scene.retry([], env)));

      const outcomes = runs.map(({ report }) => report.outcome).sort();
      expect(outcomes).to.include("completed");
      expect(runs.map(({ code }) => code)).to.deep.equal(Array.from({ length: 8 }, () => 0));
      expect(runs.reduce((sum, { report }) => sum + report.created, 0)).to.equal(60);
      expect(await scene.zitadel.control.listUsers()).to.have.length(60);
    });

    it("holds the lock for as long as the run, and no longer than its process", async () => {
      await givenJob(scene.db);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
      });
      const run = scene.start(["retry-accounts"], env);
      await scene.zitadel.control.waitForPaused({ name: "call" });

      const meanwhile = await scene.retry([], env);
      run.kill("SIGKILL");
      await run.ended;
      const afterwards = await scene.retry(["--wait", "10s"], env);

      expect(meanwhile.report.outcome).to.equal("locked");
      expect(meanwhile.report.reason).to.match(
        /held by fhj retry-accounts [0-9a-f-]{36} for \d+ s$/,
      );
      expect(afterwards.report.outcome).to.equal("completed");
      await scene.zitadel.control.release("call");
    });

    it("notices the loss of the lock, finishes what is in flight and starts nothing more", async () => {
      for (let i = 0; i < 6; i += 1) await givenJob(scene.db);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 2 },
      });
      const run = scene.start(["retry-accounts", "--json", "--concurrency", "2"], env);
      await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });

      const noticed = once(run.process.stderr ?? run.process, "data");
      await scene.db.query(
        `select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory' and objid = 1 and database = (select oid from pg_database where datname = current_database())`,
      );
      await noticed;
      await scene.zitadel.control.release("call");
      const result = await run.ended;

      expect(result.code).to.equal(75);
      expect(parseReport(result)).to.include({
        outcome: "stopped",
        reason: "the lock was lost",
        created: 2,
      });
      expect((await scene.retry([], env)).report).to.include({ outcome: "completed", created: 4 });
    });

    it("is what doctor sees, and through which the lock holds", async () => {
      const { code, stdout } = await scene.cli(["doctor", "--json"], env);

      expect(code).to.equal(0);
      expect(stdout).to.include('"found":"acquired and released, a pooler in transaction mode"');
    });

    it("keeps UTC, whatever the time zone of the server", async () => {
      await scene.db.query(
        `do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$`,
      );
      const due = await givenJob(scene.db, {
        nextRetryAt: "(now() at time zone 'UTC') - interval '1 minute'",
      });
      await scene.zitadel.control.setFaults([{ method: "CreateUser", kind: "grpc", code: 13 }]);

      const { report } = await scene.retry([], env);

      expect(report).to.include({ due: 1, retried: 1 });
      expect(await readJob(scene.db, due.id)).to.include({ retryCount: 1, waitS: 60 });
      const [row] = await scene.db.query<{ late: number }>(
        `select extract(epoch from (updated_at - (now() at time zone 'UTC')))::float8 as late
         from auth.queued_managed_account_creations`,
      );
      expect(Math.abs(row?.late ?? 1e9)).to.be.lessThan(60);
    });
  });
}

describe("migrate behind PgBouncer in transaction mode", () => {
  it("applies the migrations and rolls them back", async () => {
    const pooler = await startPgBouncer(testServer().port, 5);
    const db = await emptyDatabase();
    const env = { DATABASE_URL: pooler.url(db.url) };
    const { runCli } = await import("../support/cli.ts");
    try {
      expect(await runCli(["migrate"], env)).to.include({ code: 0, stderr: MIGRATED });
      expect(await runCli(["migrate", "status"], env)).to.include({ code: 0 });
      expect(await runCli(["migrate", "rollback", "--all"], env)).to.include({
        code: 0,
        stderr: ROLLED_BACK,
      });
    } finally {
      await db.drop();
      await pooler.stop();
    }
  });
});
