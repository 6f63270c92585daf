// The jobs that an action applies to: by ID, or by a filter.
import { IdList } from "../../domain/id-list.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { selectJobIds, selectMatching, type SelectRequest } from "./selection.sql.ts";

export interface FilteredJobs extends SelectRequest {
  /** Restricts the filter to these IDs. */
  readonly among?: IdList;
  /** The filter names no status, so the action's own statuses apply. */
  readonly ofAnyStatus?: boolean;
}

export type JobChoice = { readonly ids: IdList } | FilteredJobs;

const PIECE = 10_000;

export async function chosenIds(choice: JobChoice, lock: HeldLock): Promise<IdList> {
  if ("ids" in choice) return choice.ids;
  const ids = new IdList();
  const pieces =
    choice.among === undefined
      ? selectJobIds(lock, choice)
      : stillMatching(choice.among, choice, lock);
  for await (const piece of pieces) for (const id of piece) ids.add(id);
  return ids;
}

async function* stillMatching(
  among: IdList,
  choice: FilteredJobs,
  lock: HeldLock,
): AsyncGenerator<string[]> {
  for (const piece of among.pieces(PIECE)) yield selectMatching(lock, choice, piece);
}
