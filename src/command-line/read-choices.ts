// Reads a flag whose values come from a fixed list.
import { UsageError } from "../errors.ts";

/**
 * A text may have several, separated by commas.
 * @throws UsageError as above
 */
export function readChoices<T extends string>(
  flag: string,
  text: string,
  allowed: readonly T[],
): T[] {
  return text.split(",").map((part) => {
    const choice = allowed.find((candidate) => candidate === part.trim().toLowerCase());
    if (choice !== undefined) return choice;
    throw new UsageError(`${flag} is "${part}": it must be one of ${allowed.join(", ")}.`);
  });
}
