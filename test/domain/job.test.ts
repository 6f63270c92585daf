// Names, usernames and ids as FamilyHub and Zitadel take them.
import { expect } from "chai";
import fc from "fast-check";
import {
  isBlank,
  isUsername,
  isUuid,
  normalizeUsername,
  splitFullName,
} from "../../src/domain/job.ts";

describe("a full name", () => {
  const names: Readonly<Record<string, readonly [given: string, family: string]>> = {
    "Kim Smith": ["Kim", "Smith"],
    "Kim van Dyk": ["Kim", "van Dyk"],
    "  Kim   Smith  ": ["Kim", "Smith"],
    "Kim\tvan\n Dyk": ["Kim", "van Dyk"],
    "Kim\u00a0Smith": ["Kim", "Smith"],
    "Kim\u0085Smith\u0085": ["Kim", "Smith"],
    "Kim \u200b Smith": ["Kim", "Smith"],
    "Kim \u200b": ["Kim", "Kim"],
    Kim: ["Kim", "Kim"],
    "Zoë Åström-Øre": ["Zoë", "Åström-Øre"],
    "山田 太郎": ["山田", "太郎"],
    "👩‍👧 Smith": ["👩‍👧", "Smith"],
  };

  for (const [fullName, [givenName, familyName]] of Object.entries(names)) {
    it(`${JSON.stringify(fullName)} is "${givenName}" and "${familyName}"`, () => {
      expect(splitFullName(fullName)).to.deep.equal({ givenName, familyName });
    });
  }

  it("never leaves one of its halves blank", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (fullName) => {
        fc.pre(!isBlank(fullName));

        const { givenName, familyName } = splitFullName(fullName);

        expect([givenName, familyName].map(isBlank)).to.deep.equal([false, false]);
      }),
    );
  });

  it("loses no word", () => {
    const aWord = fc
      .string({ unit: "grapheme-ascii", minLength: 1 })
      .map((s) => s.replace(/\s/g, "x"));
    fc.assert(
      fc.property(fc.array(aWord, { minLength: 2 }), (words) => {
        const { givenName, familyName } = splitFullName(words.join(" "));

        expect(`${givenName} ${familyName}`).to.equal(words.join(" "));
      }),
    );
  });
});

describe("a blank text", () => {
  const blanks = [
    "",
    "  ",
    "\t\r\n",
    "\u0085",
    "\u00a0",
    "\u2003\u3000",
    "\u200b",
    "\ufeff",
    "\u2800",
  ];
  for (const text of [...blanks, blanks.join("")]) {
    it(`is ${JSON.stringify(text)}`, () => {
      expect(isBlank(text)).to.equal(true);
      expect(isBlank(`${text}K`)).to.equal(false);
    });
  }
});

describe("a username", () => {
  for (const username of ["kim", "kim_smith", "abc", "a".repeat(20), "123", "___"]) {
    it(`may be ${username}`, () => {
      expect(isUsername(username)).to.equal(true);
    });
  }

  const faults = [
    "",
    "ki",
    "a".repeat(21),
    "Kim",
    "kim smith",
    "kim-smith",
    "kim.s",
    "kïm",
    "kim\n",
  ];
  for (const username of faults) {
    it(`may not be ${JSON.stringify(username)}`, () => {
      expect(isUsername(username)).to.equal(false);
    });
  }

  it("is compared without its case and the space around it", () => {
    expect(normalizeUsername("  Kim_Smith\n")).to.equal("kim_smith");
  });

  it("stays the same when it is normalized twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (raw) => {
        const once = normalizeUsername(raw);

        expect(normalizeUsername(once)).to.equal(once);
      }),
    );
  });
});

describe("an id", () => {
  it("is a UUID in either case", () => {
    const id = "3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f";

    expect([id, id.toUpperCase()].map(isUuid)).to.deep.equal([true, true]);
  });

  for (const text of [
    "",
    "1",
    "3f0c1d2e4b5a4c6d8e7f9a0b1c2d3e4f",
    "{3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f}",
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(isUuid(text)).to.equal(false);
    });
  }
});
