// The examples of each command: its help begins with them, and the man page repeats them.
import type { Command } from "commander";

/** What one types, and what for. */
export type Example = readonly [line: string, purpose: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** A job id as it looks, for examples. */
export const SOME_JOB = "3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d";

/** A line must parse, and fit 73 columns, in the man page as well: a wrapped one is hard to copy. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  return command;
}

export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}
