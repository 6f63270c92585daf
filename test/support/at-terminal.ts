// Runs a command in this process, as if somebody sat at a terminal and looked or answered.
import { PassThrough } from "node:stream";
import { mainWith } from "./call-main.ts";
import { expectNoCanary } from "./canaries.ts";
import type { CliResult } from "./cli.ts";
import { expectDocumented } from "./documented-json.ts";
import { ROWS, TERM, type Size } from "./pseudo-terminal.ts";
import { createScreen, type Screen } from "./screen.ts";

/** A terminal so wide that no message is broken. */
const UNBROKEN = 1000;

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
      ...{ isTTY: true, columns: UNBROKEN },
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

/** Calls that have not ended. */
let looking = 0;

/** All that a command prints, when it has ended: the text of the screen, and its exit code. */
export async function atTerminalOf(
  { columns, rows = ROWS }: Size,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Screen & { readonly code: number; readonly text: string }> {
  const screen = createScreen(columns, rows);
  let printed = "";
  const stream = { isTTY: true, columns, rows, write: (text: string) => (printed += text) };
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  // It looks at the streams of the process, not at these. Imported as `main` is.
  const { default: chalk } = await import("chalk");
  chalk.level = 1;
  looking += 1;
  const streams = { stdin: stdin as unknown as NodeJS.ReadStream, stdout: stream, stderr: stream };
  const code = await mainWith(args, { TERM, ...env }, streams).finally(() => {
    looking -= 1;
    if (looking === 0) chalk.level = 0;
  });
  expectNoCanary(`what \`${args.join(" ").slice(0, 60)}\` printed`, printed);
  // As the terminal's driver does.
  await screen.write(Buffer.from(printed.replaceAll("\n", "\r\n")));
  return { ...screen, code, text: screen.all() };
}
