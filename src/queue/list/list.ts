// Lists jobs a page at a time, with a cursor for the next page.
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { SortField } from "../../domain/job.ts";
import type { JobFilter } from "../selection/filter.sql.ts";
import { countJobs } from "../selection/selection.sql.ts";
import { listJobs } from "./list.sql.ts";
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";
import { countMatching } from "../../queue-table/count-matching.ts";
import type { MatchCount } from "../../domain/match-count.ts";
import { readPage } from "../../queue-table/cursor.ts";

export interface ListOptions {
  readonly filter: JobFilter;
  readonly sort: { readonly field: SortField; readonly descending: boolean };
  readonly limit: number;
  readonly cursor: string | null;
  readonly leaseMs: number;
}

export interface JobPage {
  readonly jobs: readonly ListedJob[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

/** Waits only for a migration, never for a run. */
export async function listQueue(options: ListOptions, lock: HeldLock): Promise<JobPage> {
  const { field, descending } = options.sort;
  const { page, nextCursor } = await readPage(
    options.cursor,
    `${descending ? "-" : ""}${field}`,
    (after) => listJobs(lock, { ...options, after }),
  );
  return { jobs: page.jobs, nextCursor };
}

/** For all pages. */
export function countQueue(options: ListOptions, lock: HeldLock): Promise<MatchCount | null> {
  return countMatching(lock, (most) => countJobs(lock, options, most));
}
