// docs/zitadel.md names the calls that are made, no others, and the messages that people read.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";

const PAGE = readFileSync(join(CHECKOUT, "docs/zitadel.md"), "utf8");
const ADAPTER = join(CHECKOUT, "src/zitadel");
const SOURCE = readdirSync(ADAPTER, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(ADAPTER, file), "utf8"))
  .join("\n");

/** First cells of the table under a heading, without its head. */
function firstColumn(heading: string): string[] {
  const section = PAGE.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.split("|")[1]?.trim() ?? "");
}

describe("docs/zitadel.md", () => {
  it("names each call that the tool makes, and no other", () => {
    const table = /const SERVICES.*?= \{(.*?)\n\};/s.exec(SOURCE)?.[1] ?? "";
    const made = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name.toLowerCase());

    const named = firstColumn("Calls")
      .map((cell) => cell.replaceAll("`", ""))
      .filter((cell) => /^[A-Z]\w+$/.test(cell));

    expect(made).to.have.length.above(7);
    expect(named.map((name) => name.toLowerCase()).toSorted()).to.deep.equal(made.toSorted());
  });

  for (const message of firstColumn("What an error means")) {
    it(`quotes "${message}" as it is printed`, () => {
      expect(SOURCE).to.include(message);
    });
  }
});
