// What somebody may have meant who misspelt a command or left its group out. Never run, only said.
import type { Command } from "commander";
import { descendants, pathOf, visibleChildren } from "./tree.ts";

/** @throws CommanderError after naming the unknown word, and what may have been meant */
export function unknownCommand(command: Command, word: string): never {
  const meant = meantBy(command, word).map(pathOf);
  const hint = meant.length === 0 ? "" : `\n(Did you mean ${meant.join(" or ")}?)`;
  return command.error(`error: unknown command '${word}'${hint}`);
}

/** Also for groups that help adds later: looked up when the word comes. */
export function suggestCommands(command: Command): void {
  command.on("command:*", ([word]: [string]) => unknownCommand(command, word));
  for (const child of visibleChildren(command)) suggestCommands(child);
}

/** What other tools call it. */
const ALSO_CALLED: Readonly<Record<string, readonly string[]>> = {
  retry: ["queue requeue", "retry-accounts"],
  status: ["queue stats", "doctor"],
};

/** Those that are nearest; at the root also what lies in a group, whose name is easily forgotten. */
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

const MOST_EDITS = 3;

/** Infinity when the two have too little in common; the begin of a name is nearly the name. */
function editsBetween(word: string, name: string): number {
  if (word.length > 2 && name.startsWith(word)) return Math.min(1, name.length - word.length);
  const edits = distance(word, name);
  const alike = 1 - edits / Math.max(word.length, name.length);
  return edits <= MOST_EDITS && alike > 0.4 ? edits : Infinity;
}

/** Damerau and Levenshtein's: insertions, deletions, substitutions, neighbours exchanged. */
function distance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const exchanged = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        ...[at(last, j) + 1, at(row, j - 1) + 1, replaced],
        exchanged ? at(before, j - 2) + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
