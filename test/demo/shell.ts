// Runs the binary as its users do, each time as a process of its own, and shows command and output.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { commandLine } from "./command-line.ts";
import type { Narrator } from "./narrator.ts";

export interface Ran {
  readonly args: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Shell {
  /** @param stdinFile a file of the working folder */
  run(args: readonly string[], stdinFile?: string): Promise<Ran>;
  /** Straight to the terminal, where there is one, so that it looks as it does to users. */
  look(args: readonly string[]): Promise<Ran>;
  /** Every command so far. */
  readonly history: readonly Ran[];
  /** Ends the command that is running. */
  stop(): Promise<void>;
}

export function createShell(parts: {
  readonly binary: string;
  readonly folder: string;
  readonly settings: object;
  readonly narrator: Narrator;
}): Shell {
  const { binary, folder, narrator } = parts;
  const history: Ran[] = [];
  let running: { child: ChildProcess; closed: Promise<unknown> } | null = null;
  let stopped = false;

  async function run(
    args: readonly string[],
    output: "pipe" | "inherit",
    stdinFile?: string,
  ): Promise<Ran> {
    const input = stdinFile === undefined ? null : await open(join(folder, stdinFile));
    if (stopped) throw new Error("the demo has ended");
    narrator.command(commandLine(args, stdinFile));
    const child = spawn(process.execPath, [binary, ...args], {
      env: { ...bareEnvironment(), ...parts.settings },
      cwd: folder,
      stdio: [input?.fd ?? "ignore", output, output],
    });
    const closed = once(child, "close");
    running = { child, closed };
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => (printed[name] += text));
    }
    const [code] = (await closed) as [number | null];
    running = null;
    await input?.close();
    const ran = { args, code: code ?? -1, ...printed };
    history.push(ran);
    narrator.output(output === "pipe" ? printed.stderr + printed.stdout : null);
    if (ran.code !== 0) narrator.output(`(exit code ${ran.code})`);
    return ran;
  }

  return {
    run: (args, stdinFile) => run(args, "pipe", stdinFile),
    look: (args) => run(args, process.stdout.isTTY ? "inherit" : "pipe"),
    history,
    stop: async () => {
      stopped = true;
      running?.child.kill("SIGKILL");
      await running?.closed;
    },
  };
}

/** Nothing leans on what else a developer's shell holds. */
function bareEnvironment(): Record<string, string> {
  const kept = ["PATH", "TERM", "NO_COLOR", "COLUMNS"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { HOME: "/nonexistent", LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}
