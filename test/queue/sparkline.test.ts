// Numbers as a row of little bars.
import { expect } from "chai";
import { sparkline } from "../../src/queue/stats/sparkline.text.ts";

describe("a sparkline", () => {
  it("spans from the lowest bar for nothing to the highest for the most", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).to.equal("▁▂▃▄▅▆▇█");
    expect(sparkline([0, 700, 350])).to.equal("▁█▅");
  });

  it("shows the least that is not nothing above the ground", () => {
    expect(sparkline([0, 1, 100_000])).to.equal("▁▂█");
  });

  it("is flat where there was nothing", () => {
    expect(sparkline([0, 0, 0])).to.equal("▁▁▁");
  });
});
