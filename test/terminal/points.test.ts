// Points under each other, each with its name before it.
import { expect } from "chai";
import { formatPoints } from "../../src/terminal/points.ts";

const POINTS = [
  { name: "A", texts: ["one two three four five", "six"] },
  { name: "Longer", texts: ["seven"] },
];

describe("points", () => {
  it("are a line a paragraph where a program reads them", () => {
    expect(formatPoints(POINTS, null)).to.equal(
      "A       one two three four five\n        six\nLonger  seven\n",
    );
  });

  it("are wrapped under each other on a terminal, never below a width that can be read", () => {
    const wrapped = "A       one two three four\n        five\n        six\nLonger  seven\n";

    expect(formatPoints(POINTS, 28)).to.equal(wrapped);
    expect(formatPoints(POINTS, 5)).to.equal(wrapped);
  });

  it("keep their columns where a name is painted", () => {
    const paint = (name: string) => `<${name}>`;

    expect(formatPoints([{ ...POINTS[1], name: "B", texts: ["x"], paint }], null)).to.equal(
      "<B>  x\n",
    );
  });
});
