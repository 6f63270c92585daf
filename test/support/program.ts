// The command tree in this process: parses calls without running any.
import { PassThrough } from "node:stream";
import { CommanderError, type Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { descendants, pathOf } from "../../src/command-line/tree.ts";
import { createOutput } from "../../src/terminal/output.ts";
import type { Runtime } from "../../src/runtime.ts";
import { packageVersion } from "../../src/version.ts";

const nowhere = createOutput({ write: () => undefined });

export const silentRuntime: Runtime = {
  stdin: new PassThrough() as unknown as NodeJS.ReadStream,
  stdout: nowhere,
  stderr: nowhere,
  env: {},
  typed: [],
  onInterrupt: () => new AbortController().signal,
};

export function commandTree(): Command {
  return createProgram(silentRuntime, packageVersion(), () => undefined);
}

/** The root and everything below that help shows, by the words that lead there. */
export function everyCommand(): [path: string, command: Command][] {
  const program = commandTree();
  return [
    ["", program],
    ...descendants(program).map((command): [string, Command] => [pathOf(command), command]),
  ];
}

/** @returns the complaint about the call, or null when it is right */
export function complaintAbout(words: readonly string[]): string | null {
  let acted = 0;
  let said = "";
  const program = createProgram(silentRuntime, packageVersion(), () => (acted += 1));
  for (const command of withHidden(program)) {
    command.exitOverride().configureOutput({
      writeOut: () => undefined,
      writeErr: (text) => (said += text),
    });
  }
  try {
    program.parse([...words], { from: "user" });
    return acted === 1 ? null : `acted ${acted} times`;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? null : said;
    throw error;
  }
}

function withHidden(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withHidden)];
}
