// Several hosts in DATABASE_URL: the first that will do.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { hostList } from "../support/host-list.ts";
import { ownServer } from "../support/own-server.ts";
import type { PostgresServer } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

describe("a primary and its standby in DATABASE_URL", () => {
  const server = ownServer();
  const scene = setScene("own", server.open);
  let standby: PostgresServer;

  before(async () => {
    standby = await server.postgres.startStandby();
  });

  after(() => standby.stop());

  const hosts = (target: string) => hostList(target, standby, server.postgres);

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
});
