// Commands that README.md, docs and crontab.example name in passing exist, with the flags they have there.
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { expect } from "chai";
import { descendants, programTree, readCommandLine } from "../support/command-line.ts";
import { CHECKOUT, DOCUMENTS, readInlineCode } from "../support/documents.ts";

const TREE = programTree();
const NAMES = TREE.commands.map((command) => command.name());
const FLAGS = [TREE, ...descendants(TREE)].flatMap(({ options }) =>
  options.flatMap(({ long, short }) => [long, short]),
);

const ID = "5b3f2c1a-9d0e-4c3b-8f53-2b6a4f1e9d10";

/** Named in passing, a command need not have all its arguments; asking for help is no fault. */
const TOLERATED = [
  "commander.missingArgument",
  "commander.missingMandatoryOptionValue",
  "commander.help",
  "commander.helpDisplayed",
  "commander.version",
];

/** @returns what is wrong with code that names a command or a flag; null for any other code, too */
function fault(code: string): string | null {
  const line = code.replace(/^(family-hub-jobs|fhj) /, "").replace(/ [|>&].*$/, "");
  const [first = "", ...rest] = words(line);
  if (/^--?[a-z]/.test(first)) return rest.length < 2 && !FLAGS.includes(first) ? code : null;
  if (first === "COMMAND") return readFault(["retry-accounts", ...rest]);
  return NAMES.includes(first) || line !== code ? readFault([first, ...rest]) : null;
}

function readFault(args: readonly string[]): string | null {
  const read = readCommandLine(args);
  if (!(read instanceof CommanderError) || TOLERATED.includes(read.code)) return null;
  return `${args.join(" ")}: ${read.message}`;
}

/** As a shell splits them; what stands for an id becomes one. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, single, double, bare]) => single ?? double ?? bare ?? "")
    .map((word) => word.replace(/…$/, ""))
    .filter((word) => word !== "")
    .map((word) => (/^(JOB-|RUN-)?ID$/.test(word) ? ID : word));
}

describe("commands in running text", () => {
  for (const document of DOCUMENTS) {
    it(`of ${document} exist, with the flags they have there`, () => {
      const faults = readInlineCode(document)
        .map(fault)
        .filter((found) => found !== null);

      expect(faults).to.deep.equal([]);
    });
  }

  it("are found in README.md", () => {
    const named = readInlineCode("README.md").filter((code) =>
      NAMES.includes(words(code)[0] ?? ""),
    );

    expect(named).to.have.length.above(20);
  });

  it("of crontab.example are those that the design schedules, with their flags", () => {
    const lines = readFileSync(`${CHECKOUT}crontab.example`, "utf8").matchAll(
      /^[\s\d*]+family-hub-jobs .* family-hub-jobs (.*)$/gm,
    );
    const read = [...lines].map(([, line = ""]) => readCommandLine(words(line)));

    expect(
      read.map((line) => (line instanceof CommanderError ? line.message : line.name)),
    ).to.deep.equal(["retry-accounts", "purge-invitations", "purge-jobs"]);
  });

  it("would be noticed if they were wrong", () => {
    for (const code of [
      "queue liste",
      "queue list --serch NAME",
      "retry-accounts --limit many",
      "fhj jobs",
      "family-hub-jobs queue show ID ID",
      "migrate up",
      "--max-patience",
    ]) {
      expect(fault(code), code).to.be.a("string");
    }
    for (const code of ["queue show ID", "queue requeue ID… --reason TEXT", "npm test", "queue"]) {
      expect(fault(code), code).to.equal(null);
    }
  });
});
