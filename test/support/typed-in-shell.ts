// One shell on a pseudo-terminal, into which commands are typed one after the other.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";

export interface Shown {
  /** Both streams, as they come to the screen. */
  readonly screen: string;
  readonly code: number;
}

export interface Shell {
  /** Resolves when the command has ended. @throws when the shell ended before, or with it */
  type(command: string): Promise<Shown>;
  close(): Promise<void>;
}

/** Follows the output of a command, around its exit code. */
const MARK = "\u001e";
const DONE = new RegExp(`^([^${MARK}]*)${MARK}(\\d+)${MARK}`);
/** For all that is typed: a command that waits for an answer would wait for ever. */
const TIMEOUT_MS = 110_000;

/** Of a window that is neither small nor large. */
const COLUMNS = 120;

/** A variable that one command sets is there for the next, and `$?` is the code of the one before. */
export async function openShell(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Shell> {
  execFileSync("mkfifo", [join(folder, ".typed")]);
  const child = spawn("script", ["-qec", "bash .typed", "/dev/null"], {
    cwd: folder,
    env: { TERM: "dumb", NO_COLOR: "1", LANG: "C.UTF-8", SHELL: "/bin/sh", ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: TIMEOUT_MS,
  });
  const closed = once(child, "close").then(() => "closed" as const);
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  // Opens when the shell does.
  const typed = await open(join(folder, ".typed"), "w");
  await typed.write(`stty cols ${COLUMNS} rows 40\n`);
  await typed.write(`mark() { local c=$?; printf '\\036%d\\036' "$c"; return "$c"; }\n`);
  return {
    type: async (command) => {
      await typed.write(`${command}\nmark\n`).catch(() => undefined);
      for (;;) {
        const [all, shown = "", code] = DONE.exec(screen) ?? [];
        if (all !== undefined) {
          screen = screen.slice(all.length);
          return { screen: shown.replaceAll("\r\n", "\n"), code: Number(code) };
        }
        const more = await Promise.race([once(child.stdout, "data"), closed]);
        if (more === "closed" && !DONE.test(screen)) throw new Error(`the shell ended: ${screen}`);
      }
    },
    close: async () => {
      await typed.close();
      await closed;
    },
  };
}
