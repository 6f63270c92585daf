// A failover in the middle of a run: to a standby that has every commit, and to one that lacks the last.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { openTestDatabase } from "../support/database.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { hostList } from "../support/host-list.ts";
import { ownServer } from "../support/own-server.ts";
import { whenLeasesEnd } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const CAUGHT_UP = "pg_current_wal_lsn() = (select max(replay_lsn) from pg_stat_replication)";
const DONE = `select count(*)::int as done from auth.queued_managed_account_creations
              where status = 'completed'`;

for (const lost of [false, true]) {
  describe(`a failover in mid-run that loses ${lost ? "the last commits" : "nothing"}`, () => {
    const server = ownServer();
    const scene = setScene("own", server.open);

    it("creates no account, user row or event twice: the next run does the rest", async () => {
      const standby = await server.postgres.startStandby();
      const env = hostList("primary", standby, server.postgres);
      const ids = await givenDueJobs(scene.db, 12);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "call", at: "after", skip: 4 },
      });
      await until(scene.db, CAUGHT_UP);
      const { pid } = await scene.db.one<{ pid: number }>("select pid from pg_stat_replication");
      if (lost) process.kill(pid, "SIGSTOP");
      const run = scene.start(["retry-accounts", "--concurrency", "2"], env);
      await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });
      await until(scene.db, `(${DONE}) = 4`);
      if (!lost) await until(scene.db, CAUGHT_UP);

      const gone = server.postgres.crash();
      // Postgres would wait for what stands still.
      if (lost) process.kill(pid, "SIGKILL");
      await gone;
      const promoted = openTestDatabase("family_hub", standby);
      await promoted.query("select pg_promote()");
      const known = await promoted.one<{ done: number }>(DONE);
      await scene.zitadel.control.setFaults([]);
      await scene.zitadel.control.release("call");
      const { code, stderr } = await run.ended;
      await whenLeasesEnd(promoted);
      const next = await scene.cli(["retry-accounts"], env);

      expect(known).to.deep.equal({ done: lost ? 0 : 4 });
      expect([0, 69, 75], stderr).to.include(code);
      expect(next).to.include({ code: 0 });
      await expectEachOnce({ ...scene, db: promoted }, ids);
      await promoted.drop();
      await standby.stop();
      await server.postgres.restart();
    });
  });
}
