// Finds commands in the command tree, and their full names.
import { Help, type Command } from "commander";

const plain = new Help();

export function visibleChildren(command: Command): Command[] {
  return plain.visibleCommands(command);
}

/** The commands that do something, in the order in which they were added. */
export function leafCommands(command: Command): Command[] {
  return visibleChildren(command).flatMap((child) => {
    const below = leafCommands(child);
    // A group with flags of its own, such as `migrate`, acts by itself as well.
    const acts = below.length === 0 || child.options.length > 0;
    return acts ? [child, ...below] : below;
  });
}

/** Everything below that help shows, groups included. */
export function descendants(command: Command): Command[] {
  return visibleChildren(command).flatMap((child) => [child, ...descendants(child)]);
}

/** As one types it behind the program's name. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/** The command that these words lead to, and the word that led nowhere. */
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
