// The jobs that a verb acts on: each by its name, or all that have something in common.
import { EXIT } from "../exit-codes.ts";
import { ExpectedError } from "../errors.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { selectJobIds, type SelectRequest } from "../store/queue-select.ts";
import { eachOnce } from "./by-id.ts";

export type JobChoice = { readonly ids: readonly string[] } | SelectRequest;

export async function chosenIds(choice: JobChoice, lock: HeldLock): Promise<string[]> {
  return "ids" in choice ? eachOnce(choice.ids) : selectJobIds(lock, choice);
}

/**
 * To be called before anything is committed.
 * @param expected null where nobody said how many
 * @throws ExpectedError when others than expected would change, by their number
 */
export function checkCount(expected: number | null, ids: readonly string[], verb: string): void {
  if (expected === null || ids.length === expected) return;
  throw new ExpectedError(
    EXIT.fault,
    `Nothing was done: --expect is ${expected}, but ${ids.length} would be ${verb} by now. ` +
      "Look again with --dry-run.",
  );
}
