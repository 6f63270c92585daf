// Calls `main` in this process, with streams of the call's own in place of the process's.
import { PassThrough } from "node:stream";
import type { Host, main as Main } from "../../src/cli/main.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Mocha requires test files. Of what was required, a command that is imported when it runs would
 * throw errors of other classes than `main` knows; of what was imported, of the same.
 */
let source: Promise<{ main: typeof Main }> | null = null;

/** No signal comes: tests of signals have a process to send them to. @returns the exit code */
export async function mainWith(
  args: readonly string[],
  env: Env,
  streams: Omit<Host, "process">,
): Promise<number> {
  const { main } = await (source ??= import("../../src/cli/main.ts"));
  const exit = (code: number) => {
    throw new Error(`only a second signal ends the process, and none came: ${code}`);
  };
  return main(args, env, {
    ...streams,
    process: { on: () => undefined, off: () => undefined, exit },
  });
}

/** As in a pipeline: nothing is a terminal. */
export async function callMain(args: readonly string[], env: Env, stdin = "") {
  let [stdout, stderr] = ["", ""];
  const code = await mainWith(args, env, {
    stdin: new PassThrough().end(stdin) as unknown as NodeJS.ReadStream,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout, stderr };
}
