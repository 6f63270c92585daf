// Types commands into one shell on a pseudo-terminal, and tells what each of them showed there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Shown {
  /** Both streams, as they come to the screen. */
  readonly screen: string;
  readonly code: number;
}

/** Stands behind what a command showed, around its exit code. */
const MARK = "\u001e";
/** For the whole of it: a command that waits for an answer would wait for ever. */
const TIMEOUT_MS = 60_000;

/**
 * One shell for all, so that a variable that one command sets is there for the next, and `$?` is the
 * code of the one before. Ends with the first command that ends the shell.
 */
export async function typeInShell(
  commands: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Shown[]> {
  const script = join(folder, ".typed");
  const mark = `mark() { local code=$?; printf '\\036%d\\036' "$code"; return "$code"; }`;
  await writeFile(script, `${[mark, ...commands.flatMap((text) => [text, "mark"])].join("\n")}\n`);
  const child = spawn("script", ["-qec", "bash .typed", "/dev/null"], {
    cwd: folder,
    env: { TERM: "dumb", NO_COLOR: "1", LANG: "C.UTF-8", SHELL: "/bin/sh", ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: TIMEOUT_MS,
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (screen += text));
  await once(child, "close");
  const parts = screen.replaceAll("\r\n", "\n").split(MARK);
  return commands.flatMap((_, index) => {
    const [text, code] = [parts[2 * index], parts[2 * index + 1]];
    return text === undefined || code === undefined ? [] : [{ screen: text, code: Number(code) }];
  });
}
