// The lint refuses imports that break the layers: one of each kind, next to an allowed one.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";

const OXLINT = join(CHECKOUT, "node_modules/.bin/oxlint");
const CONFIG = join(CHECKOUT, ".oxlintrc.json");

/** What each file of a house of our own holds, and what the lint says of it. */
const HOUSE: Readonly<Record<string, readonly [line: string, refused: RegExp | null]>> = {
  "domain/job.ts": ['import { x } from "../postgres/database.ts";', /it lies above/],
  "runs/run.ts": ['import { x } from "../retry/retry-accounts.ts";', /it lies above/],
  "retry/work-queue.ts": ['import { x } from "../purge/purge-jobs.ts";', /side by side/],
  "queue/undo/undo.ts": ['import { x } from "../cancel/cancel.ts";', /side by side/],
  "queue/cancel/cancel.ts": ['import { x } from "../selection/selection.ts";', null],
  "queue/list/list.ts": ['import { x } from "./list.flags.ts";', /knows no flags/],
  "queue/list/list.sql.ts": ['import { x } from "./list.text.ts";', /statements know rows/],
  "queue/list/list.text.ts": ['import { x } from "./list.command.ts";', /given what it shows/],
  "queue/list/list.flags.ts": ['import { x } from "./list.command.ts";', /loads no command/],
  "queue/list/list.command.ts": ['import { x } from "./list.ts";', null],
  "keys/rotate.ts": ['import { x } from "../runtime.ts";', /given values/],
  "keys/list.ts": ['import x from "pg";', /another layer knows it/],
  "keys/list.text.ts": ['import x from "chalk";', null],
  "schema/migrate.ts": ["export const x = `select 1 from q`;", /may not hold SQL/],
  "schema/migrate.sql.ts": ["export const x = `select 1 from q`;", null],
};

describe("the lint of layers", () => {
  let root: string;
  let found: readonly { filename: string; message: string }[];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "layers-"));
    for (const [file, [line]] of Object.entries(HOUSE)) {
      await mkdir(dirname(join(root, "src", file)), { recursive: true });
      await writeFile(join(root, "src", file), `${line}\nexport {};\n`);
    }
    const args = ["-c", CONFIG, "--format", "json", "."];
    const { stdout } = await promisify(execFile)(OXLINT, args, { cwd: root }).catch(
      (error: { stdout: string }) => error,
    );
    found = (JSON.parse(stdout) as { diagnostics: typeof found }).diagnostics;
  });

  after(() => rm(root, { recursive: true, force: true }));

  for (const [file, [line, refused]] of Object.entries(HOUSE)) {
    it(`${refused === null ? "lets" : "refuses"} ${line} in src/${file}`, () => {
      const messages = found
        .filter(({ filename, message }) => filename.endsWith(file) && message.includes("may not"))
        .map(({ message }) => message);

      if (refused === null) expect(messages).to.deep.equal([]);
      else expect(messages.join()).to.match(refused);
    });
  }
});
