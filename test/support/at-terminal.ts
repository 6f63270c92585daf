// Runs a command in this process, as if somebody sat at a terminal and answered.
import { PassThrough } from "node:stream";
import { mainWith } from "./call-main.ts";
import { expectNoCanary } from "./canaries.ts";
import type { CliResult } from "./cli.ts";
import { expectDocumented } from "./documented-json.ts";

/** @param answer to the question, awaited while it stands; null for the end of input */
export async function atTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answer: () => Promise<string | null>,
): Promise<CliResult> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let [stdout, stderr] = ["", ""];
  const code = await mainWith(args, env, {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: { isTTY: true, write: (text) => (stdout += text) },
    stderr: {
      isTTY: true,
      write: (text) => {
        stderr += text;
        if (!text.endsWith("[y/N] ")) return;
        void answer().then((line) => (line === null ? stdin.end() : stdin.write(`${line}\n`)));
      },
    },
  });
  expectNoCanary(`what \`${args.join(" ").slice(0, 60)}\` printed`, `${stdout}\n${stderr}`);
  expectDocumented(args, { code, stdout, stderr });
  return { code, stdout, stderr };
}
