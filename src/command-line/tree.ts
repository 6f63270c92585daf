// Finds commands in the command tree, and their full names.
import { Help, type Command } from "commander";

const plain = new Help();

export function visibleChildren(command: Command): Command[] {
  return plain.visibleCommands(command);
}

/** All commands with an action, in the order in which they were added. */
export function leafCommands(command: Command): Command[] {
  return visibleChildren(command).flatMap((child) => {
    const below = leafCommands(child);
    // A group with flags of its own, such as `migrate`, also has an action.
    const acts = below.length === 0 || child.options.length > 0;
    return acts ? [child, ...below] : below;
  });
}

/** All commands in help, including groups. */
export function descendants(command: Command): Command[] {
  return visibleChildren(command).flatMap((child) => [child, ...descendants(child)]);
}

/** As typed after the program's name. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/** The command that these words name, and the first word that names none. */
export function follow(
  from: Command,
  words: readonly string[],
): { command: Command; unknown: string | null } {
  let command = from;
  for (const word of words) {
    const child = visibleChildren(command).find((candidate) => candidate.name() === word);
    if (child === undefined) return { command, unknown: word };
    command = child;
  }
  return { command, unknown: null };
}

/** Such as `<id>` or `[id...]`. */
export function argumentTerms(command: Command): string {
  return command.registeredArguments
    .map((argument) => {
      const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(" ");
}
