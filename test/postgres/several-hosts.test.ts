// Several hosts in DATABASE_URL: the first that will do, asked again after a failover.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { openTestDatabase } from "../support/database.ts";
import { ownServer } from "../support/own-server.ts";
import type { PostgresServer } from "../support/postgres.ts";
import { whenLeasesEnd } from "../support/rows.ts";
import { setScene, until } from "../support/scene.ts";

describe("a primary and its standby in DATABASE_URL", () => {
  const server = ownServer();
  const scene = setScene("own", server.open);
  let standby: PostgresServer;

  before(async () => {
    standby = await server.postgres.startStandby();
  });

  after(() => standby.stop());

  /** The standby first, a host that nobody is at before it. */
  function hosts(target: string): { DATABASE_URL: string } {
    const [own, other] = [server.postgres, standby].map((one) => new URL(one.url("family_hub")));
    const list = `127.0.0.1:1,${other?.host},${own?.host}`;
    return {
      DATABASE_URL: `postgres://postgres@${list}/family_hub?target_session_attrs=${target}`,
    };
  }

  it("are asked in their order: the one that takes changes does the work", async () => {
    const ids = await givenDueJobs(scene.db, 3);

    const { code, stderr } = await scene.cli(["retry-accounts"], hosts("read-write"));

    expect({ code, stderr }).to.deep.include({ code: 0 });
    await expectEachOnce(scene, ids);
  });

  it("are all that any asks for: a standby says that it is read-only", async () => {
    await givenDueJobs(scene.db, 1);

    const { code, stderr } = await scene.cli(["retry-accounts"], hosts("any"));

    expect(code).to.equal(69);
    expect(stderr).to.match(/read-only/);
  });

  it("are each named with its own reason where none will do", async () => {
    const env = { DATABASE_URL: "postgres://postgres@127.0.0.1:1,127.0.0.1:2/family_hub" };

    const { code, stderr } = await scene.cli(["queue", "stats"], env);

    expect(code).to.equal(69);
    expect(stderr).to.match(/127\.0\.0\.1:1: .*ECONNREFUSED.*; 127\.0\.0\.1:2: .*one of them runs/);
  });

  it("go on after a failover, in the middle of a run as well", async () => {
    const ids = await givenDueJobs(scene.db, 12);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "after", skip: 4 },
    });
    const run = scene.start(["retry-accounts", "--concurrency", "2"], hosts("primary"));
    await scene.zitadel.control.waitForPaused({ name: "call", count: 2 });
    await until(
      scene.db,
      "pg_current_wal_lsn() = (select max(replay_lsn) from pg_stat_replication)",
    );

    await server.postgres.crash();
    const promoted = openTestDatabase("family_hub", standby);
    await promoted.query("select pg_promote()");
    await scene.zitadel.control.setFaults([]);
    await scene.zitadel.control.release("call");
    const { code, stderr } = await run.ended;
    await whenLeasesEnd(promoted);
    const next = await scene.cli(["retry-accounts"], hosts("primary"));

    expect([0, 69, 75], stderr).to.include(code);
    expect(next).to.include({ code: 0 });
    await expectEachOnce({ ...scene, db: promoted }, ids);
    await promoted.drop();
    await server.postgres.restart();
  });
});
