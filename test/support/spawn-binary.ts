// Runs the built binary in a process of its own, as cron does.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

export const BINARY = fileURLToPath(new URL("../../dist/bin/family-hub-jobs.js", import.meta.url));

export interface SpawnOptions {
  readonly cwd?: string;
  /** Called with the process as soon as it runs. */
  readonly onSpawn?: (child: ChildProcess) => void;
  /** Streams that are on a full disk. */
  readonly full?: readonly ("stdout" | "stderr")[];
}

/** Every write to it fails with ENOSPC. */
export const FULL = "/dev/full";

export interface Spawned {
  /** As a shell would see it: 128 + n for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** null for a stream that its reader closed before the end. */
  readonly seen: { readonly stdout: string | null; readonly stderr: string | null };
}

/** cron's own environment, so that nothing leans on what a developer's shell holds. */
const BARE = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
};

const running = new Set<ChildProcess>();

/** For the end of a test that did not get to the end of its processes. */
export function killSpawned(): void {
  for (const child of running) child.kill("SIGKILL");
}

export async function spawnBinary(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: SpawnOptions & { readonly stdin?: string },
): Promise<Spawned> {
  const outputs = (["stdout", "stderr"] as const).map((name) =>
    options.full?.includes(name) === true ? openSync(FULL, "a") : "pipe",
  );
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { ...BARE, ...env },
    cwd: options.cwd ?? "/",
    stdio: ["pipe", ...outputs],
  });
  for (const output of outputs) if (typeof output === "number") closeSync(output);
  running.add(child);
  options.onSpawn?.(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.stdin ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  running.delete(child);
  return {
    code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
    stdout,
    stderr,
    seen: {
      stdout: child.stdout?.readableEnded === true ? stdout : null,
      stderr: child.stderr?.readableEnded === true ? stderr : null,
    },
  };
}
