// The newest jobs whose id begins as typed, for completing it.
import { isUuid, type JobStatus } from "../domain/job.ts";
import type { Queryable } from "../store/database.ts";
import { findNewestJobs } from "../store/newest-jobs.ts";

export interface JobSuggestion {
  readonly id: string;
  readonly username: string;
  /** The error code where there is one, else the status. */
  readonly state: string;
}

const MOST = 50;
const FORM = "00000000-0000-0000-0000-000000000000";

/** @returns none when what was typed begins no UUID */
export async function suggestJobs(
  wanted: {
    readonly statuses: readonly JobStatus[];
    readonly typed: string;
    readonly except: readonly string[];
  },
  timeoutMs: number,
  db: Queryable,
): Promise<JobSuggestion[]> {
  const typed = wanted.typed.toLowerCase();
  if (!beginsUuid(typed)) return [];
  const rest = FORM.slice(typed.length);
  const jobs = await findNewestJobs(db, {
    statuses: wanted.statuses,
    from: typed + rest,
    to: typed + rest.replaceAll("0", "f"),
    limit: MOST,
    timeoutMs,
  });
  return jobs
    .filter(({ id }) => !wanted.except.includes(id))
    .map(({ id, username, status, lastErrorCode }) => ({
      id,
      username,
      state: lastErrorCode ?? status,
    }));
}

/** Laid over what FORM has left, it must make one. */
function beginsUuid(typed: string): boolean {
  return isUuid(typed + FORM.slice(typed.length));
}
