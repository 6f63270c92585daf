// Rows that no run touches, each with the statement that would fix it.
import { JOB_STATUSES, MAX_RETRIES, whySkipped } from "../domain/job.ts";
import { editsBetween } from "../domain/spelling.ts";
import type { Queryable } from "../postgres/database.ts";
import { IMPOSSIBLE, QUEUE, STATUS } from "./queue.sql.ts";

export interface ImpossibleRow {
  readonly id: string;
  /** Trimmed and lowercased. */
  readonly status: string;
  readonly retryCount: number;
}

/** The first of them by ID, read from an index of their own. */
export async function listImpossible(db: Queryable, limit: number): Promise<ImpossibleRow[]> {
  return db.query<ImpossibleRow>(
    `select q.id, ${STATUS} as status, q.retry_count as "retryCount"
     from ${QUEUE} q
     where ${IMPOSSIBLE}
     order by q.id
     limit $1`,
    [limit],
  );
}

/**
 * SQL for the owner of the tables, without a semicolon; null for a row that runs do touch. A misspelled
 * status becomes the status that it resembles. Any other becomes `failed`: then nothing is created before a
 * person has looked, and every queue command works.
 */
export function fixFor({ id, status, retryCount }: ImpossibleRow): string | null {
  if (whySkipped(status, retryCount) === null) return null;
  const meant = resembling(status);
  const retries = Math.max(0, Math.min(retryCount, MAX_RETRIES));
  const changes = [
    ...(meant === status ? [] : [`status = '${meant}'`]),
    // A failed job with a next retry would be tried again.
    ...(meant === "failed" && meant !== status ? ["next_retry_at = null"] : []),
    ...(retries === retryCount ? [] : [`retry_count = ${retries}`]),
  ];
  return `update ${QUEUE} set ${changes.join(", ")} where id = '${id}'`;
}

function resembling(status: string): string {
  const rated = JOB_STATUSES.map((known) => ({ known, edits: editsBetween(status, known) }));
  const [nearest] = rated.sort((a, b) => a.edits - b.edits);
  if (nearest === undefined || nearest.edits === Infinity) return "failed";
  // The run that processed it left no lease, so it is waiting.
  const { known, edits } = nearest;
  return known === "processing" && edits > 0 ? "pending" : known;
}
