// Two hosts in the middle of a rotation: the ring of one has the new key, the ring of the other has not yet.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { givenRing } from "../support/given-ring.ts";
import { setScene } from "../support/scene.ts";

describe("two hosts with different key rings", () => {
  const scene = setScene();

  it("each process the jobs whose keys they have: a job that the first skips uses up no retry, and the second processes it", async () => {
    const [older, newer] = [(await givenRing()).key, (await givenRing()).key];
    const [behind, ahead] = [ringEnv(older), ringEnv(newer, older)];
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1)
      ids.push((await givenJobUnder(scene.db, i % 2 === 0 ? older : newer)).id);

    const first = await scene.retry([], behind);
    const again = await scene.retry([], behind);
    const second = await scene.retry([], ahead);
    const idle = await scene.retry([], behind);

    expect(first).to.include({ code: 78 });
    expect(first.stderr).to.include(newer.kid);
    expect(first.report).to.include({ created: 3, deferred: 3, retried: 0, failed: 0 });
    expect(again).to.include({ code: 78 });
    expect(again.report).to.include({ created: 0, deferred: 3 });
    expect(second).to.include({ code: 0 });
    expect(second.report).to.include({ created: 3, deferred: 0 });
    expect(idle).to.include({ code: 0, stderr: "" });
    await expectEachOnce(scene, ids);
  });
});
