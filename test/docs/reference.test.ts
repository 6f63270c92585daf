// The tables that people look things up in name all that there is, with its default, and nothing else.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { ERROR_CODES } from "../../src/domain/failure.ts";
import { EXIT } from "../../src/exit-codes.ts";
import { descendants, pathOf, programTree } from "../support/command-line.ts";
import { CHECKOUT } from "../support/documents.ts";

const REFERENCE = readFileSync(`${CHECKOUT}docs/reference.md`, "utf8");
const README = readFileSync(`${CHECKOUT}README.md`, "utf8");

/** The cells of the rows below that head. */
function rows(text: string, head: string): string[][] {
  const [table = ""] = text.slice(text.indexOf(`\n| ${head} `) + 1).split(/\n(?!\|)/);
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| |\|$/g, "").trim()));
}

function codes(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

describe("docs/reference.md", () => {
  it("names every setting, with its default and whether it is a secret", () => {
    const table = rows(REFERENCE, "setting").map(([name, ...cells]) => ({ name, cells }));
    const named = table.flatMap(({ name, cells: [fallback] }) =>
      codes(name).map((each, index) => ({
        name: each,
        fallback: codes(fallback)[index] ?? null,
        secret: name?.endsWith("*") ?? false,
      })),
    );
    // These are in the text of the first two.
    const inText = /^PG|^ZITADEL_ALLOW_INSECURE$/;
    const known = SETTINGS.flatMap(({ names, fallback, secret }) =>
      names.map((name, index) => ({ name, fallback: fallback?.split(", ")[index] ?? null, secret: secret ?? false })),
    ).filter(({ name }) => !inText.test(name)); // prettier-ignore

    expect(named.map(({ name }) => name)).to.have.members(known.map(({ name }) => name));
    for (const { name, fallback, secret } of known) {
      const told = named.find((each) => each.name === name);
      expect(told?.secret, name).to.equal(secret);
      if (fallback !== null) expect(told?.fallback, name).to.equal(fallback);
    }
  });

  it("names every exit code", () => {
    const told = rows(REFERENCE, "code").flatMap(([cell = ""]) => cell.split(", ").map(Number));

    expect(told).to.deep.equal(Object.values(EXIT));
  });

  it("names every error code of a job", () => {
    const told = rows(REFERENCE, "`last_error_code`").flatMap(([cell]) => codes(cell));

    expect(told).to.have.members([...ERROR_CODES]);
  });
});

describe("the table of commands in README.md", () => {
  it("names every command", () => {
    const told = rows(README, "command").flatMap(([cell]) => codes(cell));
    const known = descendants(programTree())
      .filter(({ commands }) => commands.length === 0)
      .map(pathOf)
      .filter((name) => !/^(completion|__complete)|\bhelp$/.test(name));

    const names = told.map((code) => code.replace(/ (ID|ACTION|--).*$/, ""));
    expect(known.filter((name) => !names.includes(name))).to.deep.equal([]);
  });
});
