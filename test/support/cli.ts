// Runs the built binary as its users do: a process of its own, in an environment of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expectNoCanary } from "./canaries.ts";
import { expectDocumented } from "./documented-json.ts";

export const BINARY = fileURLToPath(new URL("../../dist/bin/family-hub-jobs.js", import.meta.url));

export interface CliResult {
  /** As a shell would see it: 128 + n for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  /** Called with the process as soon as it runs. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

/** cron's own environment, so that nothing leans on what a developer's shell holds. */
const BARE = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
};

export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  options: CliOptions = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { ...BARE, ...env },
    cwd: options.cwd ?? "/",
    stdio: "pipe",
  });
  options.onSpawn?.(child);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  expectNoCanary(`what \`${args.join(" ").slice(0, 60)}\` printed`, `${stdout}\n${stderr}`);
  const shellCode = code ?? 128 + (signal === "SIGKILL" ? 9 : 15);
  expectDocumented(args, {
    code: shellCode,
    stdout: child.stdout.readableEnded ? stdout : null,
    stderr: child.stderr.readableEnded ? stderr : null,
  });
  return { code: shellCode, stdout, stderr };
}

/** For answers in JSON. @throws with what was printed when the command did not succeed */
export async function runCliJson<T>(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<T> {
  const result = await runCli(args, env);
  if (result.stdout === "") throw new Error(`no answer (exit ${result.code}): ${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}
