// keys rotate, killed half-way while runs process the same queue; test/keys-at-scale has 100,000 jobs.
import { expect } from "chai";
import { rotateThroughDeath } from "../support/rotation-round.ts";
import { setScene } from "../support/scene.ts";

describe("keys rotate killed half-way, while runs work", () => {
  const scene = setScene();

  it("loses no job of 300: each password opens, is its own, and under the new key", async () => {
    const report = await rotateThroughDeath(scene, {
      ...{ jobs: 300, batchSize: 20, runs: 2, limit: 20 },
    });

    expect(report.created).to.equal(80);
    // The batch in which it was killed is nobody's: it was never committed.
    expect(report.rotatedBeforeDeath).to.be.within(130, 150);
    expect(report.rotatedAfterwards).to.be.within(300 - 150 - 80, 300 - 130);
  });
});
