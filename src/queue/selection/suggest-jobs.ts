// The newest jobs whose id begins as typed, for completing it.
import { isUuid, type JobStatus } from "../../domain/job.ts";
import type { Queryable } from "../../postgres/database.ts";
import { findNewestJobs } from "./newest-jobs.sql.ts";

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

/** @returns null when what was typed begins no UUID: laid over what FORM has left, it must make one */
export function rangeOfIds(text: string): { readonly from: string; readonly to: string } | null {
  const typed = text.toLowerCase();
  const rest = FORM.slice(typed.length);
  return isUuid(typed + rest)
    ? { from: typed + rest, to: typed + rest.replaceAll("0", "f") }
    : null;
}
