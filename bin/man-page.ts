// Writes the man pages into a folder; build.mjs runs it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manPage } from "../src/cli/man-page.ts";
import { createProgram } from "../src/cli/program.ts";
import { createOutput } from "../src/terminal/output.ts";
import { packageVersion } from "../src/version.ts";

const folder = process.argv[2] ?? "dist/man";
const silent = createOutput({ write: () => undefined });
const onInterrupt = () => new AbortController().signal;
const runtime = {
  ...{ typed: [], stdin: process.stdin, stdout: silent, stderr: silent },
  ...{ env: {}, onInterrupt },
};
const program = createProgram(runtime, packageVersion(), () => undefined);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "family-hub-jobs.1"), manPage(program, packageVersion()));
writeFileSync(join(folder, "fhj.1"), ".so man1/family-hub-jobs.1\n");
