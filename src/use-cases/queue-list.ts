// Lists jobs a page at a time, with a cursor that says where the next page begins.
import { UsageError } from "../errors.ts";
import { ConstraintViolation } from "../store/database-error.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import type { SortField } from "../domain/job.ts";
import {
  listJobs,
  type JobFilter,
  type ListedJob,
  type ListPosition,
} from "../store/queue-list.ts";

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

/** Waits for no run, only for a migration. */
export async function listQueue(options: ListOptions, lock: HeldLock): Promise<JobPage> {
  const after = options.cursor === null ? null : readCursor(options.cursor, sortName(options));
  const { jobs, next } = await listJobs(lock, { ...options, after }).catch((error: unknown) => {
    // A cursor that was tampered with holds values that its columns do not take.
    if (after !== null && error instanceof ConstraintViolation)
      throw badCursor(options.cursor ?? "");
    throw error;
  });
  const nextCursor = next === null ? null : writeCursor(next, sortName(options));
  return { jobs, nextCursor };
}

function sortName({ sort }: ListOptions): string {
  return `${sort.descending ? "-" : ""}${sort.field}`;
}

function writeCursor(position: ListPosition, sort: string): string {
  return Buffer.from(JSON.stringify([sort, position.value, position.id])).toString("base64url");
}

function badCursor(cursor: string, why = "it is no cursor"): UsageError {
  const start = cursor.replace(/[^\w-]/g, "?").slice(0, 60);
  return new UsageError(`--cursor is "${start}": ${why}; take nextCursor of the page before.`);
}

function readCursor(cursor: string, sort: string): ListPosition {
  const wrong = (why: string) => badCursor(cursor, why);
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw wrong("it is no cursor");
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== 3 ||
    !parts.every((part) => typeof part === "string")
  ) {
    throw wrong("it is no cursor");
  }
  const [cursorSort, value, id] = parts as [string, string, string];
  if (cursorSort !== sort)
    throw wrong(`it belongs to --sort ${cursorSort.replace(/[^\w-]/g, "?").slice(0, 40)}`);
  return { value, id };
}
