// Suggests a command for a misspelled or incomplete name; never runs it.
import type { Command } from "commander";
import { editsBetween } from "../domain/spelling.ts";
import { descendants, pathOf, visibleChildren } from "./tree.ts";

/** @throws CommanderError after printing the unknown word and suggestions */
export function unknownCommand(command: Command, word: string): never {
  const meant = meantBy(command, word).map(pathOf);
  const hint = meant.length === 0 ? "" : `\n(Did you mean ${meant.join(" or ")}?)`;
  return command.error(`error: unknown command '${word}'${hint}`);
}

/** Also for groups that help adds later, because it is looked up when needed. */
export function suggestCommands(command: Command): void {
  command.on("command:*", ([word]: [string]) => unknownCommand(command, word));
  for (const child of visibleChildren(command)) suggestCommands(child);
}

/** Names in other tools. */
const ALSO_CALLED: Readonly<Record<string, readonly string[]>> = {
  retry: ["queue requeue", "retry-accounts"],
  status: ["queue stats", "doctor"],
};

/** The nearest commands; at the root also those of groups. */
function meantBy(command: Command, word: string): Command[] {
  const root = rootOf(command);
  const everyDay = command === root || command.name() === "queue";
  if (everyDay && Object.hasOwn(ALSO_CALLED, word)) {
    const known = ALSO_CALLED[word] ?? [];
    return descendants(root).filter((candidate) => known.includes(pathOf(candidate)));
  }
  if (command === root) return nearest(descendants(root), word);
  const near = nearest(visibleChildren(command), word);
  if (near.length > 0) return near;
  return descendants(root).filter((candidate) => candidate.name() === word);
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

function nearest(candidates: readonly Command[], word: string): Command[] {
  const rated = candidates
    .map((candidate) => ({ candidate, edits: editsBetween(word, candidate.name()) }))
    .filter(({ edits }) => edits < Infinity);
  const fewest = Math.min(...rated.map(({ edits }) => edits));
  return rated.filter(({ edits }) => edits === fewest).map(({ candidate }) => candidate);
}
