// Runs the built binary with its output in a file or device, as a shell's `>` and `2>` do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { expectNoCanary } from "./canaries.ts";
import { BINARY, type CliResult } from "./cli.ts";

export { FULL } from "./spawn-binary.ts";

export interface Destinations {
  /** Path of a file that exists; without one it is caught. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Blocks of 512 bytes that a file may have: a write beyond that is cut short, the next one fails. */
  readonly fileBlocks?: number;
}

export async function printingTo(
  { stdout, stderr, fileBlocks }: Destinations,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const files = [stdout, stderr].map((path) => (path === undefined ? "pipe" : openSync(path, "a")));
  const limit = fileBlocks === undefined ? "unlimited" : String(fileBlocks);
  // POSIX' blocks, which dash has and bash only when it is called sh.
  const child = spawn(
    "sh",
    ["-c", `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, BINARY, ...args],
    { env: { PATH: process.env["PATH"], ...env }, cwd: "/", stdio: ["ignore", ...files] },
  );
  for (const file of files) if (typeof file === "number") closeSync(file);
  const caught = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => (caught[name] += text));
  const [code] = (await once(child, "close")) as [number | null];
  expectNoCanary(`what \`${args.join(" ")}\` printed`, `${caught.stdout}\n${caught.stderr}`);
  return { code: code ?? -1, ...caught };
}
