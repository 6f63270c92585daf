// argv, environment and streams -> exit code: the only catch-all, and the only listeners for signals.
import { CommanderError } from "commander";
import { describeBug } from "./bug-report.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { ExpectedError } from "./errors.ts";
import { oneLine } from "./one-line.ts";
import { textWidth } from "./report/terminal-size.ts";
import { createProgram } from "./program.ts";
import type { Environment } from "./config/settings-reader.ts";
import type { Runtime, Streams } from "./runtime.ts";
import { versionLine } from "./version.ts";

/** Of help that is not read on a terminal. */
const PAGE_WIDTH = 80;

/** The reason of an interruption is the signal's name. */
const SIGNALS = { SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm } as const;

export async function main(
  argv: readonly string[],
  env: Environment,
  streams: Streams,
): Promise<ExitCode> {
  const forget: (() => void)[] = [];
  const chosen = { run: noCommand };
  const runtime: Runtime = {
    // Where they are the process itself, each is opened when it is first asked for.
    get stdin() {
      return streams.stdin;
    },
    stdout: streams.stdout,
    stderr: streams.stderr,
    env,
    onInterrupt: () => listenForSignals(forget),
  };
  const program = createProgram(runtime, versionLine(), (run) => (chosen.run = run));
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      getOutHelpWidth: () => textWidth(streams.stdout) ?? PAGE_WIDTH,
      getErrHelpWidth: () => textWidth(streams.stderr) ?? PAGE_WIDTH,
    });
  }
  try {
    program.parse([...argv], { from: "user" });
    return await chosen.run();
  } catch (error) {
    return explain(error, streams);
  } finally {
    for (const listener of forget) listener();
  }
}

function descendants(command: ReturnType<typeof createProgram>): (typeof command)[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

async function noCommand(): Promise<ExitCode> {
  return EXIT.usage;
}

/** The first signal lets the run finish what is in flight; the second one ends the process at once. */
function listenForSignals(forget: (() => void)[]): AbortSignal {
  const interruption = new AbortController();
  for (const [signal, code] of Object.entries(SIGNALS)) {
    const listener = () => {
      if (interruption.signal.aborted) process.exit(code);
      interruption.abort(signal);
    };
    process.on(signal, listener);
    forget.push(() => process.off(signal, listener));
  }
  return interruption.signal;
}

/**
 * For a process that is PID 1, as in a container: there the kernel drops the signals to which nobody
 * listens, and the commands that do not would outlive them. Gives way to a run that listens.
 */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  }
}

function explain(error: unknown, streams: Streams): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asking for help or the version is no fault.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof ExpectedError) {
    const lines = error.message.split("\n").map((line) => `family-hub-jobs: ${oneLine(line)}\n`);
    streams.stderr.write(lines.join(""));
    return error.exitCode;
  }
  streams.stderr.write(describeBug(error));
  return EXIT.bug;
}
