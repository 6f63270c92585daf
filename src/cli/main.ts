// From arguments, environment and host to an exit code: only here are all errors caught and signals handled.
import { CommanderError } from "commander";
import { describeBug } from "../bug-report.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ExpectedError } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import { textWidth } from "../terminal/terminal-size.ts";
import { createProgram } from "./program.ts";
import type { Environment } from "../config/settings-reader.ts";
import { createOutput, lossText, type Output, type OutputStream } from "../terminal/output.ts";
import type { Runtime } from "../runtime.ts";
import { versionLine } from "../version.ts";
import { say } from "../terminal/say.ts";

/** For help that is not printed on a terminal. */
const PAGE_WIDTH = 80;

/** The reason of an interruption is the name of the signal. */
const SIGNALS = [
  ["SIGINT", EXIT.sigint],
  ["SIGTERM", EXIT.sigterm],
] as const;

type StopSignal = (typeof SIGNALS)[number][0];

/** The surroundings of a call. */
export interface Host {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Receives signals and can be ended: Node's own process fits. */
  readonly process: {
    on(signal: StopSignal, listener: () => void): unknown;
    off(signal: StopSignal, listener: () => void): unknown;
    exit(code: ExitCode): never;
  };
}

/** When it resolves, all output was written or lost: the process can end. */
export async function main(
  argv: readonly string[],
  env: Environment,
  host: Host,
): Promise<ExitCode> {
  const stdout = createOutput(host.stdout);
  const stderr = createOutput(host.stderr);
  const cleanups: (() => void)[] = [];
  const chosen = { run: noCommand };
  const runtime: Runtime = {
    typed: argv,
    // For the process's own streams, each is opened when it is first used.
    get stdin() {
      return host.stdin;
    },
    stdout,
    stderr,
    env,
    onInterrupt: () => listenForSignals(host.process, cleanups),
  };
  const program = createProgram(runtime, versionLine(), (run) => (chosen.run = run));
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => textWidth(stdout) ?? PAGE_WIDTH,
      getErrHelpWidth: () => textWidth(stderr) ?? PAGE_WIDTH,
    });
  }
  let code: ExitCode;
  try {
    program.parse([...argv], { from: "user" });
    code = await chosen.run();
  } catch (error) {
    code = explain(error, stderr);
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
  const allPrinted = await explainLosses(stdout, stderr);
  return code === EXIT.ok && !allPrinted ? EXIT.output : code;
}

function descendants(command: ReturnType<typeof createProgram>): (typeof command)[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

async function noCommand(): Promise<ExitCode> {
  return EXIT.usage;
}

/** The first signal lets the run finish its calls in flight; the second one ends the process at once. */
function listenForSignals(process: Host["process"], cleanups: (() => void)[]): AbortSignal {
  const interruption = new AbortController();
  for (const [signal, code] of SIGNALS) {
    const listener = () => {
      if (interruption.signal.aborted) process.exit(code);
      interruption.abort(signal);
    };
    process.on(signal, listener);
    cleanups.push(() => process.off(signal, listener));
  }
  return interruption.signal;
}

/**
 * For a process with PID 1, as in a container: the kernel drops signals without a listener, so commands
 * without one would not end. A run with a listener replaces it.
 */
export function endOnSignals(): void {
  for (const [signal, code] of SIGNALS) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  }
}

function explain(error: unknown, stderr: Output): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has reported the error; help and version are no errors.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof ExpectedError) {
    const lines = error.message.split("\n").map((line) => `family-hub-jobs: ${oneLine(line)}\n`);
    say(stderr, lines.join(""));
    return error.exitCode;
  }
  stderr.write(describeBug(error));
  return EXIT.bug;
}

/** @returns false if output was lost, other than to a reader that closed */
async function explainLosses(stdout: Output, stderr: Output): Promise<boolean> {
  const losses = [
    { name: "stdout", ...(await stdout.settled()) },
    { name: "stderr", ...(await stderr.settled()) },
  ].filter(({ fault }) => fault !== null);
  for (const loss of losses) {
    const text = `family-hub-jobs: ${lossText(loss.name, loss)}. Check the disk or device behind it.\n`;
    // stderr may have room again. stdout is only for results, except on a terminal.
    stderr.write(text);
    if (loss.name === "stderr" && stdout.isTTY === true) stdout.write(text);
  }
  await Promise.all([stdout.settled(), stderr.settled()]);
  return losses.length === 0;
}
