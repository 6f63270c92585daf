// 100,000 jobs under an old key: a rotation killed half-way and run again, and what it costs.
import { expect } from "chai";
import { rotateThroughDeath } from "../support/rotation-round.ts";
import { setScene } from "../support/scene.ts";

const JOBS = Number(process.env["ROTATE_JOBS"] ?? 100_000);

describe(`keys rotate over ${JOBS} jobs`, function () {
  this.timeout(1_800_000);
  const scene = setScene();

  it("killed half-way while runs work loses none, and its memory stays flat", async () => {
    const report = await rotateThroughDeath(scene, {
      ...{ jobs: JOBS, batchSize: 500, runs: 10, limit: 500 },
    });

    process.stdout.write(`      ${JSON.stringify(report)}\n`);
    expect(report.created).to.equal(10_000);
    expect(report.rotatedBeforeDeath).to.be.within(JOBS / 2 - 500, JOBS / 2);
    expect(report.peakMb).to.be.below(250);
  });
});
