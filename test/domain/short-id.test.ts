// Shortened IDs: which UUIDs one means, and how many digits distinguish an ID from others.
import { expect } from "chai";
import {
  digitsNeeded,
  rangeOfIds,
  readIdPrefix,
  shortId,
  ALL_DIGITS,
} from "../../src/domain/short-id.ts";

const ID = "3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d";

describe("the beginning of an id", () => {
  const ranges: Record<string, [string, string]> = {
    "": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "3f0c": ["3f0c0000-0000-0000-0000-000000000000", "3f0cffff-ffff-ffff-ffff-ffffffffffff"],
    "3F0C6C1E": ["3f0c6c1e-0000-0000-0000-000000000000", "3f0c6c1e-ffff-ffff-ffff-ffffffffffff"],
    "3f0c6c1e-": ["3f0c6c1e-0000-0000-0000-000000000000", "3f0c6c1e-ffff-ffff-ffff-ffffffffffff"],
    "3f0c6c1e-9": ["3f0c6c1e-9000-0000-0000-000000000000", "3f0c6c1e-9fff-ffff-ffff-ffffffffffff"],
    "3f0c6c1e9": ["3f0c6c1e-9000-0000-0000-000000000000", "3f0c6c1e-9fff-ffff-ffff-ffffffffffff"],
    [ID]: [ID, ID],
    [ID.replaceAll("-", "")]: [ID, ID],
  };
  for (const [text, [from, to]] of Object.entries(ranges)) {
    it(`"${text}" means all from ${from} to ${to}`, () => {
      expect(rangeOfIds(text)).to.deep.equal({ from, to });
    });
  }

  for (const text of [
    "x",
    "3f0c-",
    "3f0c-6c1e",
    "3f0c6c1e--9",
    "3f0c6c1e-9a4d4c1b",
    "-3f0c",
    `${ID}0`,
    `${ID}-`,
    "3f0c 6",
  ]) {
    it(`is not "${text}"`, () => {
      expect(rangeOfIds(text)).to.equal(null);
    });
  }

  it("is taken by commands from 4 digits on", () => {
    expect(readIdPrefix("3f0")).to.equal(null);
    expect(readIdPrefix("3f0c")).to.deep.equal(rangeOfIds("3f0c"));
  });
});

describe("a short id", () => {
  it("has a dash where the whole one has it, and none at its end", () => {
    const shown = [8, 9, 12, 13, 16, 21, ALL_DIGITS].map((digits) => shortId(ID, digits));

    expect(shown).to.deep.equal([
      ...["3f0c6c1e", "3f0c6c1e-9", "3f0c6c1e-9a4d", "3f0c6c1e-9a4d-4", "3f0c6c1e-9a4d-4c1b"],
      ...["3f0c6c1e-9a4d-4c1b-8e52-6", ID],
    ]);
  });

  it("has one digit more than it shares with a neighbour, and at least 8", () => {
    expect(digitsNeeded(ID, [null, null])).to.equal(8);
    expect(digitsNeeded(ID, ["3f0c0000-0000-4000-8000-000000000000", null])).to.equal(8);
    expect(digitsNeeded(ID, [null, "3f0c6c1e-9b00-4000-8000-000000000000"])).to.equal(10);
    expect(
      digitsNeeded(ID, [`${ID.slice(0, -1)}c`, "ffffffff-0000-4000-8000-000000000000"]),
    ).to.equal(32);
  });
});
