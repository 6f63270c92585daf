// Help at every level: examples first, all of them real, within the terminal's width.
import { expect } from "chai";
import { examplesOf } from "../../src/command-line/examples.ts";
import { leafCommands, pathOf } from "../../src/command-line/tree.ts";
import { runCli } from "../support/cli.ts";
import { commandTree, complaintAbout, everyCommand, silentRuntime } from "../support/program.ts";
import { mainWith } from "../support/call-main.ts";
import { loadedBy } from "../support/loaded-sources.ts";

describe("help", () => {
  it("says what a command is for, then shows examples, then usage: at every level", async () => {
    const pages = await Promise.all(
      everyCommand().map(async ([path]) => [path, await page(path.split(" "))] as const),
    );

    expect(pages).to.have.length.above(20);
    for (const [path, text] of pages) {
      const titles = text.replace(/^.*\n/, "").match(/^[A-Z][\w ]+:/gm) ?? [];
      expect({ path, titles: titles.slice(0, 2) }).to.deep.equal({
        path,
        titles: ["Examples:", "Usage:"],
      });
      expect(text.split("\n\n", 1)[0], path).to.match(/^[A-Z].+\.$/s);
    }
  });

  it("gives examples that exist, each of the command on whose page it stands", () => {
    const examples = everyCommand().flatMap(([path, command]) =>
      examplesOf(command).map(([line]) => ({ path, line, calls: callsIn(line) })),
    );

    for (const { path, line, calls } of examples) {
      expect(calls, line).not.to.deep.equal([]);
      for (const call of calls) {
        expect({ line, complaint: complaintAbout(call) }).to.deep.equal({ line, complaint: null });
      }
      const ours = calls.some((call) => path === "" || `${call.join(" ")} `.startsWith(`${path} `));
      expect({ path, line, ours }).to.deep.equal({ path, line, ours: true });
    }
  });

  it("would find an example that does not exist", () => {
    expect(complaintAbout(["queue", "list", "--no-such-flag"])).to.match(/unknown option/);
    expect(complaintAbout(["retry-accounts", "--shard", "9/8"])).to.match(/--shard/);
    expect(complaintAbout(["queue", "frobnicate"])).to.match(/unknown command/);
  });

  it("puts every command into one of five groups, the most used first", async () => {
    const text = await page([]);

    expect(text.match(/(?<=\n\n)[A-Z][\w ]+:(?=\n  \w)/g)).to.deep.equal([
      ...["Most used:", "Inspect:", "Change:", "Keys:", "Set up:"],
    ]);
    for (const command of leafCommands(commandTree()))
      expect(text).to.include(`\n  ${pathOf(command)} `);
  });

  for (const columns of [80, 64, 100]) {
    it(`fits a terminal of ${columns} columns; examples are never wrapped`, async () => {
      for (const [path, command] of everyCommand()) {
        const lines = (await page(path.split(" "), columns)).split("\n");

        const examples = new Set(
          examplesOf(command).flatMap(([line]) => line.split("\n").map((part) => part.trim())),
        );
        const tooLong = lines.filter((line) => line.length > columns && !examples.has(line.trim()));
        expect({ path, tooLong }).to.deep.equal({ path, tooLong: [] });
        for (const example of examples) expect(example.length).to.be.at.most(73);
        const printed = new Set(lines.map((line) => line.trim()));
        expect([...examples].filter((example) => !printed.has(example))).to.deep.equal([]);
      }
    });
  }

  it("uses the width that a terminal has", async () => {
    const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

    const [narrow, wide] = [await page(["queue", "add"], 64), await page(["queue", "add"], 100)];

    expect(widest(wide)).to.be.above(80);
    expect(narrow.split("\n").length).to.be.above(wide.split("\n").length);
  });

  it("shows --yes only where a command asks, and every command that changes jobs accepts it", async () => {
    const changing = ["requeue", "cancel", "erase", "undo", "add", "pause", "resume"];

    const pages = await Promise.all(changing.map((verb) => page(["queue", verb])));

    expect(changing.filter((_, index) => pages[index]?.includes("--yes"))).to.deep.equal([
      ...["requeue", "cancel", "erase"],
    ]);
    for (const verb of changing)
      expect(complaintAbout(["queue", verb, "--yes"]), verb).not.to.match(/unknown option/);
  });

  it("is the same from `help COMMAND` as from `COMMAND --help`: at the root, in groups, of every command", async () => {
    for (const [path] of everyCommand()) {
      const words = path.split(" ").filter((word) => word !== "");
      const [first = "", ...rest] = words;

      const asked = await page(words);

      expect(await printed(["help", ...words]), path).to.equal(asked);
      if (rest.length > 0) expect(await printed([first, "help", ...rest]), path).to.equal(asked);
    }
  });

  it("for a word that is no command is 64, with a suggestion", async () => {
    const { code, stdout, stderr } = await runCli(["help", "queue", "requeu"]);

    expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
    expect(stderr).to.include("Did you mean queue requeue?");
  });

  it("of a group that was named alone goes to stderr, with 64", async () => {
    const [asked, alone] = await Promise.all([runCli(["queue", "--help"]), runCli(["queue"])]);

    expect(asked.code).to.equal(0);
    expect(alone).to.deep.equal({ code: 64, stdout: "", stderr: asked.stdout });
  });

  it("loads neither gRPC nor Postgres, tables or migrations", async () => {
    for (const verb of ["list", "show"]) {
      const loaded = await loadedBy((env) => runCli(["queue", verb, "--help"], env));

      const packages = new Set(
        loaded.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
      );
      expect([...packages], verb).to.deep.equal(["commander"]);
    }
  });
});

/** `--help` of a command, on a terminal. */
function page(words: readonly string[], columns?: number): Promise<string> {
  return printed([...words.filter((word) => word !== ""), "--help"], columns);
}

async function printed(args: readonly string[], columns = 80): Promise<string> {
  let stdout = "";
  const terminal = { isTTY: true, columns, write: (text: string) => (stdout += text) };
  const code = await mainWith(args, {}, { ...silentRuntime, stdout: terminal });
  expect(code).to.equal(0);
  return stdout;
}

/** Every call of ours in a line of shell: between pipes, in `<(…)`, without redirections. */
function callsIn(line: string): string[][] {
  return line
    .replaceAll("\\\n", " ")
    .split(/[|()]/)
    .map((part) => part.replace(/[<>].*$/s, "").match(/"[^"]*"|\S+/g) ?? [])
    .filter(([name]) => name === "family-hub-jobs" || name === "fhj")
    .map(([, ...words]) => words.map((word) => word.replaceAll('"', "")));
}
