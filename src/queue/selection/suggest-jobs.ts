// The newest jobs whose id begins as typed, for completing it.
import type { JobStatus } from "../../domain/job.ts";
import { rangeOfIds } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { findNewestJobs } from "./newest-jobs.sql.ts";

export interface JobSuggestion {
  readonly id: string;
  readonly username: string;
  /** The error code where there is one, else the status. */
  readonly state: string;
}

const MOST = 50;

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
  const range = rangeOfIds(wanted.typed);
  if (range === null) return [];
  const jobs = await findNewestJobs(db, {
    statuses: wanted.statuses,
    ...range,
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
