// A batch of a purge does not wait for the disk while its rows are locked, and yet what a purge reports is
// never undone by a crash of Postgres.
import { expect } from "chai";
import { commitsNoted, LAZY_SERVER, NOTE_COMMITS } from "../support/commit-notes.ts";
import { givenJob } from "../support/given.ts";
import { ownServer } from "../support/own-server.ts";
import { crashAtGate, gateBefore } from "../support/row-gate.ts";
import { setScene } from "../support/scene.ts";

describe("a purge and a crash of Postgres", () => {
  const own = ownServer(() => LAZY_SERVER);
  const scene = setScene("own", own.open);

  before(async () => {
    await scene.db.query(gateBefore("delete"));
    await scene.db.query(NOTE_COMMITS);
  });

  async function givenOld(...usernames: string[]): Promise<void> {
    for (const [n, username] of usernames.entries()) {
      const completedAt = `now() - interval '${100 - n} days'`;
      await givenJob(scene.db, { status: "completed", completedAt, username });
    }
  }

  async function left(): Promise<string[]> {
    const rows = await scene.db.query<{ username: string }>(
      `select username::text from auth.queued_managed_account_creations order by completed_at`,
    );
    return rows.map(({ username }) => username);
  }

  it("loses nothing after the report", async () => {
    await givenOld("kid_1", "kid_2", "kid_3");

    const { code } = await scene.cli(["purge-jobs", "--batch-size", "2"]);
    await own.postgres.crash();
    await own.postgres.restart();

    expect(code).to.equal(0);
    expect(await left()).to.deep.equal([]);
  });

  it("loses nothing of what is reported when the crash itself ends the purge", async () => {
    await givenOld("kid_1", "kid_2", "kid_3", "kid_4", "gate", "kid_6");

    const purge = ["purge-jobs", "--batch-size", "2", "--json"];
    const { code, stdout } = await crashAtGate(scene, own, purge);

    expect(code).to.equal(69);
    expect(JSON.parse(stdout)).to.include({ outcome: "unavailable", deleted: 4 });
    expect(await left()).to.deep.equal(["gate", "kid_6"]);
  });

  it("waits for the disk after its rows, not with them", async () => {
    await givenOld("kid_1");
    await givenJob(scene.db, { status: "failed", updatedAt: "now() - interval '40 days'" });
    await scene.db.query("truncate noted");

    await scene.cli(["purge-jobs"]);

    expect(await commitsNoted(scene.db)).to.deep.equal({
      queued_managed_account_creations: ["off"],
      runs: ["on"],
    });
  });
});
