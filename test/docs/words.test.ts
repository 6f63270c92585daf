// Documents, help and messages use the usual words: none that a reader at night stumbles over.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { descendants, programTree } from "../support/command-line.ts";
import { CHECKOUT, DOCUMENTS } from "../support/documents.ts";

/** Each has a usual word: fix, re-encrypt, anyone, action, fail again, at most, use up a retry, recover, … */
const RETIRED = [
  /\b(mend(s|ed|ing)?|anew|whoever|deeds?|uncharged|bears|bore)\b/i,
  /\b(in vain|at the most|for good|left alone|the ledger knows)\b/i,
  /\b(taken|takes?|took) (it |them )?back\b/i,
  /\b(nothing|nobody is|no job is|is) charged\b/i,
  /\b(goes?|lets?) (it )?(go )?again\b/i,
  /\bis no (URL|JSON|job id|directory|file|valid)\b/i,
  /\b(heal(s|ed)?|beside|strangers?)\b|\b(come|comes|came) about\b/i,
  /\b(is|are|was|were|be) told\b|\btold (of|from|apart)\b|\btells? of\b/i,
  /\b(lets? go|begins? so|(has|have) not got)\b|\b(went|goes|did) well\b/i,
];

/** JSON keeps the key `mend`. */
function retiredIn(text: string): string[] {
  const plain = text.replace(/select\(\.mend\) \| \.mend|`mend`|"mend"/g, "");
  return RETIRED.flatMap((word) => word.exec(plain)?.[0] ?? []);
}

function linesOf(path: string): { at: string; line: string }[] {
  const lines = readFileSync(`${CHECKOUT}${path}`, "utf8").split("\n");
  return lines.map((line, index) => ({ at: `${path}:${index + 1}`, line }));
}

/** A comment, or the texts of at least two words within a line of source. */
function wordsIn(line: string): string {
  if (/^\s*(\/\/|\/?\*)/.test(line)) return line;
  const literals = line.replace(/\$\{[^}]*\}/g, "").match(/"(?:[^"\\]|\\.)*"|`[^`]*`/g) ?? [];
  return literals.filter((literal) => literal.includes(" ")).join(" ");
}

describe("the words of", () => {
  for (const document of DOCUMENTS) {
    it(`${document} are the usual ones, and its tables' cells are short`, () => {
      const lines = linesOf(document);

      const odd = lines.flatMap(({ at, line }) => retiredIn(line).map((word) => `${at}: ${word}`));
      const long = lines
        .filter(({ line }) => line.startsWith("|"))
        .filter(({ line }) => line.split(" | ").some((cell) => cell.trim().length > 160));

      expect(odd).to.deep.equal([]);
      expect(long.map(({ at }) => at)).to.deep.equal([]);
    });
  }

  it("help are the usual ones", () => {
    const tree = programTree();

    const odd = [tree, ...descendants(tree)].flatMap((command) =>
      retiredIn(command.helpInformation()).map((word) => `${command.name()}: ${word}`),
    );

    expect(odd).to.deep.equal([]);
  });

  it("messages, the demo and their comments are the usual ones", () => {
    const files = ["src", "test/demo"].flatMap((folder) =>
      readdirSync(`${CHECKOUT}${folder}`, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `${folder}/${name}`),
    );

    const odd = files
      .flatMap(linesOf)
      .flatMap(({ at, line }) => retiredIn(wordsIn(line)).map((word) => `${at}: ${word}`));

    expect(files).to.have.length.above(100);
    expect(odd).to.deep.equal([]);
  });

  it("titles and comments of tests are the usual ones", () => {
    const files = readdirSync(`${CHECKOUT}test`, { recursive: true, encoding: "utf8" })
      // The benchmark has modules of its own.
      .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
      .map((name) => `test/${name}`);

    const odd = files
      .flatMap(linesOf)
      .filter(({ line }) => /^\s*((it|describe)\(|\/\/|\/?\*)/.test(line))
      .flatMap(({ at, line }) => retiredIn(wordsIn(line)).map((word) => `${at}: ${word}`));

    expect(files).to.have.length.above(100);
    expect(odd).to.deep.equal([]);
  });

  it("comments of deployed files and descriptions of JSON are the usual ones", () => {
    const files = ["deploy", "docs/schemas"].flatMap((folder) =>
      readdirSync(`${CHECKOUT}${folder}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.slice(CHECKOUT.length)),
    );

    const odd = [...files, "crontab.example"]
      .flatMap(linesOf)
      .flatMap(({ at, line }) => retiredIn(line).map((word) => `${at}: ${word}`));

    expect(files).to.have.length.above(50);
    expect(odd).to.deep.equal([]);
  });

  it("a message with such a word would be noticed", () => {
    const [odd, usual] = ['throw new Error("mend it");', 'if (mend === "x y")'].map((line) =>
      retiredIn(wordsIn(line)),
    );

    expect({ odd, usual }).to.deep.equal({ odd: ["mend"], usual: [] });
  });
});

describe("each page of docs", () => {
  const pages = DOCUMENTS.filter((path) =>
    /^(docs\/[\w-]+\.md|README\.md|CONTRIBUTING\.md)$/.test(path),
  );

  for (const page of pages) {
    it(`${page} begins with whom it is for`, () => {
      const [, begin = ""] = readFileSync(`${CHECKOUT}${page}`, "utf8").split("\n\n");

      expect(begin).to.match(/^For [a-z]/);
    });
  }
});
