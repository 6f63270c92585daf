// What V8 compiled of each program file is kept next to it, and used only for exactly that file.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";

const execute = promisify(execFile);

const PROGRAMS = ["all-commands", "queue-list", "scheduled-commands"];

describe("the compiled code of a program", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-code-"));
    await cp(join(CHECKOUT, "dist"), join(folder, "dist"), { recursive: true });
    await cp(join(CHECKOUT, "package.json"), join(folder, "package.json"));
    await symlink(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = (name: string) => join(folder, "dist/bin", name);

  async function help(...command: string[]): Promise<string> {
    const args = [file("family-hub-jobs.js"), ...command, "--help"];
    return (await execute(process.execPath, args, { cwd: folder, env: {} })).stdout;
  }

  /** Of each program what V8 makes of its code: null where none was handed to it. */
  async function accepted(): Promise<Record<string, boolean | null>> {
    const script = `
      const { loadProgram } = await import(${JSON.stringify(join(CHECKOUT, "bin/program.ts"))});
      const answers = ${JSON.stringify(PROGRAMS)}.map((name) => {
        const { cachedDataRejected } = loadProgram(${JSON.stringify(file(""))}, name).script;
        return [name, cachedDataRejected === undefined ? null : !cachedDataRejected];
      });
      console.log(JSON.stringify(Object.fromEntries(answers)));`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const { stdout } = await execute(process.execPath, args, {
      cwd: CHECKOUT,
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    return JSON.parse(stdout) as Record<string, boolean | null>;
  }

  const all = (answer: boolean | null) =>
    Object.fromEntries(PROGRAMS.map((name) => [name, answer]));

  it("is used by this Node, and holds a good part of each program", async () => {
    expect(await accepted()).to.deep.equal(all(true));
    for (const name of PROGRAMS) {
      const [source, code] = await Promise.all([
        readFile(file(`${name}.js`)),
        readFile(file(`${name}.code`)),
      ]);
      expect(code.length).to.be.above(source.length / 3, name);
    }
  });

  it("is not used for a file that was changed, although its length is the same", async () => {
    const before = await help("retry-accounts");
    const source = await readFile(file("scheduled-commands.js"), "utf8");
    expect(before).to.include("--limit");
    await writeFile(file("scheduled-commands.js"), source.replaceAll("--limit", "--tluml"));

    expect(await help("retry-accounts")).to.equal(before.replaceAll("--limit", "--tluml"));
    expect(await accepted()).to.deep.equal({ ...all(true), "scheduled-commands": null });
  });

  it("is not used where a byte of it differs, or its end is missing", async () => {
    const flipped = await readFile(file("all-commands.code"));
    const middle = Math.floor(flipped.length / 2);
    flipped[middle] = (flipped[middle] ?? 0) ^ 1;
    await writeFile(file("all-commands.code"), flipped);
    const torn = await readFile(file("queue-list.code"));
    await writeFile(file("queue-list.code"), torn.subarray(0, -1));
    await writeFile(file("scheduled-commands.code"), "");

    expect(await accepted()).to.deep.equal(all(null));
    for (const command of ["retry-accounts", "queue list", "doctor"])
      expect(await help(...command.split(" "))).to.include("Usage: family-hub-jobs");
  });

  it("may be missing", async () => {
    const before = await help("queue", "list");
    for (const name of PROGRAMS) await rm(file(`${name}.code`));

    expect(await help("queue", "list")).to.equal(before);
    expect(await accepted()).to.deep.equal(all(null));
  });
});
