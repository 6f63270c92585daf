// A batch of keys rotate does not wait for the disk while its rows are locked, and yet no envelope that is
// reported as rotated is lost by a crash of Postgres: by then the operator may have destroyed the old key.
import { expect } from "chai";
import { generateKey } from "../../src/passwords/generate.ts";
import { commitsNoted, LAZY_SERVER, NOTE_COMMITS } from "../support/commit-notes.ts";
import { givenJobUnder, readSealed, ringEnv } from "../support/given-keys.ts";
import { ownServer } from "../support/own-server.ts";
import { crashAtGate, gateBefore } from "../support/row-gate.ts";
import { setScene } from "../support/scene.ts";

describe("a rotation of keys and a crash of Postgres", () => {
  const own = ownServer(() => LAZY_SERVER);
  const scene = setScene("own", own.open);
  const rotation = ["keys", "rotate", "--json", "--batch-size", "2"];

  before(async () => {
    await scene.db.query(gateBefore("update"));
    await scene.db.query(NOTE_COMMITS);
  });

  async function givenKeys() {
    const [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
    return { old, fresh, env: ringEnv(fresh, old) };
  }

  async function givenJobs(key: object, ...usernames: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const username of usernames) {
      const { id } = await givenJobUnder(scene.db, key, { username });
      ids.push(id);
    }
    return ids;
  }

  async function keysOf(ids: readonly string[], ...keys: readonly object[]): Promise<string[]> {
    const sealed = await Promise.all(ids.map((id) => readSealed(scene.db, id, ...keys)));
    return sealed.map(({ kid }) => kid);
  }

  it("loses nothing after the report", async () => {
    const { old, fresh, env } = await givenKeys();
    const ids = await givenJobs(old, "kid_1", "kid_2", "kid_3");

    const { code } = await scene.cli(rotation, env);
    await own.postgres.crash();
    await own.postgres.restart();

    expect(code).to.equal(0);
    expect(await keysOf(ids, fresh)).to.deep.equal(ids.map(() => fresh.kid));
  });

  it("loses nothing of what is reported when the crash itself ends the rotation", async () => {
    const { old, fresh, env } = await givenKeys();
    const ids = await givenJobs(old, "kid_1", "kid_2", "kid_3", "kid_4", "gate", "kid_6");

    const { code, stdout } = await crashAtGate(scene, own, rotation, env);

    expect(code).to.equal(69);
    expect(JSON.parse(stdout)).to.include({ outcome: "unavailable", rotated: 4 });
    const { kid } = fresh;
    expect(await keysOf(ids, fresh, old)).to.deep.equal([kid, kid, kid, kid, old.kid, old.kid]);
  });

  it("waits for the disk after its rows, not with them", async () => {
    const { old, env } = await givenKeys();
    await givenJobs(old, "kid_1");
    await scene.db.query("truncate noted");

    await scene.cli(rotation, env);

    expect(await commitsNoted(scene.db)).to.deep.equal({
      queued_managed_account_creations: ["off"],
      runs: ["on"],
    });
  });
});
