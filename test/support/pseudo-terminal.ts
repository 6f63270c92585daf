// Runs the built binary in a pseudo-terminal of a chosen size, as somebody who sits at it would.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { BINARY } from "./cli.ts";
import { expectNoCanary } from "./canaries.ts";
import { createScreen, type Screen } from "./screen.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Size {
  readonly columns: number;
  readonly rows?: number;
}

export interface AtTerminal extends Screen {
  type(keys: string): void;
  /** Every byte so far. */
  raw(): string;
  /** Resizes the window: the program gets SIGWINCH. */
  drag(columns: number, rows: number): Promise<void>;
  /** Resolves with what is seen as soon as it matches. @throws when it never does */
  until(what: RegExp): Promise<string>;
  /** Resolves with the exit code when all that was printed stands on the screen. */
  readonly ended: Promise<number>;
}

export const ROWS = 60;
const TIMEOUT_MS = 100_000;

/** The pseudo-terminal is made by util-linux' `script`; whatever still runs dies with its input. */
export function startAtTerminal(args: readonly string[], env: Env, size: Size): AtTerminal {
  const { columns, rows = ROWS } = size;
  const screen = createScreen(columns, rows);
  const program = [process.execPath, BINARY, ...args].map(quoted).join(" ");
  const command = `stty cols ${columns} rows ${rows}; tty >&3; exec ${program} 3>&-`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", LANG: "C.UTF-8", TERM: TERM, ...env },
    cwd: "/",
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  const [stdin, stdout, , named] = child.stdio as unknown as [Writable, Readable, null, Readable];
  const device = new Promise<string>((resolve) =>
    named.once("data", (name: Buffer) => resolve(name.toString().trim())),
  );
  const waiting = new Set<() => void>();
  let drawn: Promise<unknown> = Promise.resolve();
  let raw = "";
  const draw = async (bytes: Buffer) => {
    await screen.write(bytes);
    for (const look of waiting) look();
  };
  stdin.on("error", () => undefined);
  stdout.on("data", (bytes: Buffer) => {
    raw += bytes.toString("latin1");
    drawn = draw(bytes);
  });

  return {
    ...screen,
    raw: () => raw,
    type: (keys) => void stdin.write(keys),
    drag: async (to, high) => {
      const name = await device;
      screen.resize(to, high);
      spawnSync("stty", ["-F", name, "cols", String(to), "rows", String(high)]);
    },
    until: (what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!what.test(screen.seen())) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(screen.seen());
        };
        const timer = setTimeout(() => {
          reject(new Error(`never seen: ${String(what)}, but\n${screen.seen()}`));
        }, TIMEOUT_MS);
        waiting.add(look);
        look();
      }),
    ended: once(child, "close").then(async ([code]) => {
      await drawn;
      expectNoCanary(`what \`${args.join(" ").slice(0, 60)}\` printed`, raw);
      return code as number;
    }),
  };
}

export const TERM = "xterm-256color";

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
