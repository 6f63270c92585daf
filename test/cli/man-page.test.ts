// The man page: it contains everything in the help, and the settings and exit codes.
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { EXIT } from "../../src/exit-codes.ts";
import { examplesOf } from "../../src/command-line/examples.ts";
import { manPage } from "../../src/cli/man-page.ts";
import { leafCommands, pathOf } from "../../src/command-line/tree.ts";
import { packageVersion } from "../../src/version.ts";
import { commandTree } from "../support/program.ts";

describe("the man page", () => {
  const program = commandTree();
  const page = manPage(program, packageVersion());
  const read = plainText(page);

  it("has every command, each with all its flags and examples", () => {
    const commands = leafCommands(program);

    expect(commands).to.have.length.above(15);
    for (const command of commands) {
      const about = partOf(read, new RegExp(`^\\.SS "${pathOf(command)}"$`, "m"), /^\.S[SH] /m);
      expect(about, pathOf(command)).to.include(`family-hub-jobs ${pathOf(command)}`);
      for (const { flags } of command.options.filter(({ hidden }) => !hidden)) {
        expect(about, pathOf(command)).to.include(`\n.B "${flags}"\n`);
      }
      for (const [line] of examplesOf(command)) expect(about).to.include(`\n${line}\n`);
    }
  });

  it("has every setting with its default, every exit code and every section", () => {
    const environment = partOf(read, /^\.SH "ENVIRONMENT"$/m, /^\.SH /m);
    const status = partOf(read, /^\.SH "EXIT STATUS"$/m, /^\.SH /m);

    for (const { names, fallback } of SETTINGS) {
      for (const name of names) expect(environment).to.include(name);
      if (fallback !== null) expect(environment).to.include(`Default: ${fallback}.`);
    }
    for (const code of Object.values(EXIT)) expect(status).to.include(`\n.B "${code}"\n`);
    expect(read.match(/^\.SH .*$/gm)).to.deep.equal(
      [
        ...["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "COMMANDS", "OPTIONS"],
        ...["ENVIRONMENT", "EXIT STATUS", "FILES", "SEE ALSO"],
      ].map((title) => `.SH "${title}"`),
    );
  });

  it("is valid roff: known requests only, nothing that a typesetter would swallow or turn", () => {
    const requests = page.split("\n").filter((line) => /^[.']/.test(line));

    for (const line of requests) expect(line).to.match(/^\.(TH|nh|ad|SH|SS|PP|TP|B|BR|nf|fi)\b/);
    expect(page).not.to.match(/[^\x20-\x7e\n]/);
    expect(
      page.replaceAll(/\\(e|-|&|\((aq|ga|ha|ti|dq)|f[IR]|\[u[0-9A-F]{4,}\])/g, ""),
    ).not.to.include("\\");
    expect(page).not.to.match(/\n\n/);
    const examples = page.match(/^\.nf$/gm) ?? [];
    expect(examples).to.have.length((page.match(/^\.fi$/gm) ?? []).length);
  });

  it("is written by the build, under both names", async () => {
    const dist = new URL("../../dist/man/", import.meta.url);

    const written = await readFile(new URL("family-hub-jobs.1", dist), "utf8");
    const alias = await readFile(new URL("fhj.1", dist), "utf8");

    expect(written).to.equal(page);
    expect(alias).to.equal(".so man1/family-hub-jobs.1\n");
  });
});

/** As it will be read, requests left as they are. */
function plainText(page: string): string {
  return page
    .replaceAll("\\&", "")
    .replaceAll("\\-", "-")
    .replaceAll("\\(aq", "'")
    .replaceAll("\\(ga", "`")
    .replaceAll("\\(ti", "~")
    .replaceAll("\\(ha", "^")
    .replaceAll("\\(dq", '"')
    .replaceAll("\\e", "\\");
}

function partOf(text: string, begin: RegExp, end: RegExp): string {
  const [, after = ""] = text.split(begin);
  return after.split(end, 1)[0] ?? "";
}
