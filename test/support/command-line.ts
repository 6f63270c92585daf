// Which command a line of arguments calls, and how: read by the program itself, and not acted on.
import { CommanderError, type Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import type { Runtime } from "../../src/runtime.ts";

export interface CommandLine {
  /** Its path, such as `queue list`. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The whole tree, which complains by throwing and prints nothing. */
export function programTree(): Command {
  const program = createProgram({} as Runtime, "0.0.0", () => undefined);
  for (const command of [program, ...descendants(program)]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  return program;
}

export function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

/** As people write it, without the program's own name. */
export function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent)} ` : "";
  return above + command.name();
}

/** @returns what is wrong, or was asked instead, where no command would act: also for --help */
export function readCommandLine(args: readonly string[]): CommandLine | CommanderError {
  const program = programTree();
  const called: CommandLine[] = [];
  program.hook("preAction", (_, command) => {
    called.push({ name: pathOf(command), options: command.optsWithGlobals() });
  });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  const [line] = called;
  if (line === undefined) throw new Error(`no command acts on ${args.join(" ")}`);
  return line;
}
