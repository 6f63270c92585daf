// Lists the ledger of runs a page at a time, newest first.
import type { HeldLock } from "../lock/lock-attempt.ts";
import { countRuns, listRuns, type ListedRun, type RunListRequest } from "./runs.sql.ts";
import { countMatching } from "../queue-table/count-matching.ts";
import type { MatchCount } from "../domain/match-count.ts";
import { readPage } from "../queue-table/cursor.ts";

export interface RunsOptions extends Omit<RunListRequest, "after"> {
  readonly cursor: string | null;
}

export interface RunPage {
  readonly runs: readonly ListedRun[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

export async function listLedger(
  { cursor, ...request }: RunsOptions,
  lock: HeldLock,
): Promise<RunPage> {
  const { page, nextCursor } = await readPage(cursor, "-startedAt", (after) =>
    listRuns(lock, { ...request, after }),
  );
  return { runs: page.runs, nextCursor };
}

/** Of all pages. */
export function countLedger(options: RunsOptions, lock: HeldLock): Promise<MatchCount | null> {
  return countMatching(lock, (most) => countRuns(lock, options, most));
}
