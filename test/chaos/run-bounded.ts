// A process that must end: one that hangs is a broken promise, too.
import type { ChildProcess } from "node:child_process";
import { spawnCli, type CliOptions, type CliResult } from "../support/cli.ts";

/** Longer than all the waits of a run together. */
const LONGEST_MS = 90_000;

/** @returns exit code 99, which no command has, for one that hung and was killed */
export async function runBounded(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: CliOptions = {},
): Promise<CliResult> {
  let child: ChildProcess | null = null;
  let hung = false;
  const timer = setTimeout(() => (hung = child?.kill("SIGKILL") ?? false), LONGEST_MS);
  const result = await spawnCli(args, env, {
    ...options,
    onSpawn: (spawned) => {
      child = spawned;
      options.onSpawn?.(spawned);
    },
  });
  clearTimeout(timer);
  return hung ? { ...result, code: 99 } : result;
}
