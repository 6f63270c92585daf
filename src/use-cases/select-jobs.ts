// The jobs that a verb acts on: each by its name, or all that have something in common.
import { EXIT } from "../exit-codes.ts";
import { ExpectedError, UsageError } from "../errors.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { selectJobIds, type SelectRequest } from "../store/queue-select.ts";
import { eachOnce } from "./by-id.ts";

export type JobChoice = { readonly ids: readonly string[] } | SelectRequest;

/**
 * One transaction acts on all of them, and holds their rows until it ends: a hundred thousand take
 * it some ten seconds.
 */
const MOST_AT_ONCE = 100_000;

/**
 * @param most how many the verb takes at once
 * @throws UsageError for more
 */
export async function chosenIds(
  choice: JobChoice,
  lock: HeldLock,
  most = MOST_AT_ONCE,
): Promise<string[]> {
  const ids =
    "ids" in choice
      ? eachOnce(choice.ids)
      : await selectJobIds(lock, { ...choice, limit: choice.limit ?? most + 1 });
  if (ids.length <= most) return ids;
  throw new UsageError(
    `More than ${most} jobs at once: say ${"ids" in choice ? "fewer" : `--limit ${most}`}, and then again.`,
  );
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
