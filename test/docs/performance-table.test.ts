// The table of docs/performance.md says "yes" only where the worst round meets the goal.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";

const ROWS = readFileSync(`${CHECKOUT}docs/performance.md`, "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, , , , , goal]) => /^[≥≤] /.test(goal ?? ""))
  .map(([, what = "", , , ratio = "", goal = "", met = ""]) => ({ what, ratio, goal, met }));

describe("the table of docs/performance.md", () => {
  it("has the benchmark's rows", () => {
    expect(ROWS).to.have.length.above(20);
  });

  for (const { what, ratio, goal, met } of ROWS) {
    it(`says rightly whether the goal is met: ${what}`, () => {
      const figures = ratio.replaceAll(",", "").match(/[\d.]+/g) ?? [];
      const [median = NaN, least = median, most = median] = figures.map(Number);
      const [limit, worst] = [Number(goal.slice(2)), goal.startsWith("≥") ? least : most];
      const isMet = goal.startsWith("≥") ? worst >= limit : worst <= limit;

      // What is rounded to the limit may lie on either side of it.
      const right = worst === limit ? ["yes", "no"] : [isMet ? "yes" : "no"];
      expect(met.split(",")[0]).to.be.oneOf(right);
    });
  }
});
