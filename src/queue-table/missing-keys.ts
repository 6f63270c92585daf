// Counts the due jobs that wait for a password key that the ring lacks.
import { namedKey } from "../passwords/envelope-header.ts";
import type { Queryable } from "../postgres/database.ts";
import { listDueHeaders } from "./due-headers.sql.ts";

export interface MissingKeys {
  /** By key; null without a ring, or for a role that may not read passwords. */
  readonly jobs: Readonly<Record<string, number>> | null;
  /** Whether more jobs are due than were checked. */
  readonly capped: boolean;
}

/** The number of jobs to check: the cost does not depend on how many are due. */
const JOBS_CHECKED = 1000;

export async function findMissingKeys(
  db: Queryable,
  hasKey: ((kid: string) => boolean) | null,
): Promise<MissingKeys> {
  const headers = hasKey === null ? null : await listDueHeaders(db, JOBS_CHECKED + 1);
  if (hasKey === null || headers === null) return { jobs: null, capped: false };
  const jobs = new Map<string, number>();
  for (const header of headers.slice(0, JOBS_CHECKED)) {
    const kid = namedKey(header);
    if (kid !== null && !hasKey(kid)) jobs.set(kid, (jobs.get(kid) ?? 0) + 1);
  }
  return { jobs: Object.fromEntries(jobs), capped: jobs.size > 0 && headers.length > JOBS_CHECKED };
}
