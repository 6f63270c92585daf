// Text for machines that somebody looks at on a terminal.
import { expect } from "chai";
import { csv } from "../../src/terminal/csv.ts";
import { json } from "../../src/terminal/json.ts";

/** Clears a screen, by two ways; turns the line around; a line's end. */
const HOSTILE = "A\u001b[2J\u009b2J\u202eX\u2028\u007fB";
const UNSEEN = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u202e]/;

describe("JSON", () => {
  it("holds no character that moves a cursor, and parses to the same value", () => {
    const text = json({ name: HOSTILE });

    expect(text).not.to.match(UNSEEN);
    expect(JSON.parse(text)).to.deep.equal({ name: HOSTILE });
  });
});

describe("CSV", () => {
  it("holds no character that moves a cursor", () => {
    expect(csv(["name"], [[HOSTILE]])).not.to.match(UNSEEN);
  });

  it("keeps a name that begins like a formula text", () => {
    expect(csv(["name"], [["=1+1"], ["\t=1"]])).to.equal("name\r\n'=1+1\r\n'\t=1\r\n");
  });
});
