// Messages on a terminal are broken at blanks, never within a command that people copy.
import { expect } from "chai";
import { brokenAtBlanks, say } from "../../src/terminal/say.ts";

describe("a message", () => {
  const printed = (text: string, stream: { isTTY: boolean; columns?: number }) => {
    let written = "";
    say({ ...stream, write: (part) => (written += part) }, text);
    return written;
  };

  it("is broken at blanks on a terminal, and remains one line for programs", () => {
    const text = "the first word and\nthe second\n";

    expect(printed(text, { isTTY: true, columns: 10 })).to.equal(
      "the first\nword and\nthe second\n",
    );
    expect(printed(text, { isTTY: false, columns: 10 })).to.equal(text);
  });

  it("has 80 columns where the terminal does not know its width", () => {
    const word = "word ".repeat(20).trimEnd();

    expect(printed(word, { isTTY: true, columns: 0 }).split("\n")).to.deep.equal([
      ...[word.slice(0, 79), word.slice(80)],
    ]);
  });

  for (const [text, lines] of [
    [
      "To undo: family-hub-jobs queue undo 3f0c (no more)",
      ["To undo:", "family-hub-jobs queue undo 3f0c", "(no more)"],
    ],
    ["it ends: family-hub-jobs queue resume", ["it ends:", "family-hub-jobs queue resume"]],
    ["then run `queue errors --json` to see", ["then run", "`queue errors --json`", "to see"]],
    ["family-hub-jobs: run ended. Now it", ["family-hub-jobs: run", "ended. Now it"]],
  ] as const) {
    it(`breaks no command of "${text}"`, () => {
      expect(brokenAtBlanks(text, 21).split("\n")).to.deep.equal(lines);
    });
  }

  it("continues below its own indent, or further right", () => {
    expect(brokenAtBlanks("  one two three", 9)).to.equal("  one two\n  three");
    expect(brokenAtBlanks("one two three", 8, 2)).to.equal("one two\n  three");
  });

  it("breaks no word, however long, and gives wide characters two cells", () => {
    expect(brokenAtBlanks("a-very-long-word of it", 8)).to.equal("a-very-long-word\nof it");
    expect(brokenAtBlanks("王小明 王小明", 8)).to.equal("王小明\n王小明");
  });
});
