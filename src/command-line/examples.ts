// The examples of each command: its help begins with them, and the man page repeats them.
import type { Command } from "commander";

/** A command line, and its purpose. */
export type Example = readonly [line: string, purpose: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** A job ID for examples. */
export const SOME_JOB = "3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d";

/** A line must be valid, and fit 73 columns, also in the man page: a wrapped line is hard to copy. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  return command;
}

export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}
