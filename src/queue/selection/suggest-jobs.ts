// Completes the ID or username of a job.
import { isUsername, normalizeUsername, type JobStatus } from "../../domain/job.ts";
import { rangeOfIds } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { findNewestJobs, type NewestJob } from "./newest-jobs.sql.ts";
import { findUsernames } from "./usernames.sql.ts";

export interface JobSuggestion {
  readonly id: string;
  readonly username: string;
  /** The error code if there is one, otherwise the status. */
  readonly state: string;
}

const MOST = 50;

/** @returns none if the text is not the beginning of a UUID */
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
  return jobs.filter(({ id }) => !wanted.except.includes(id)).map(suggestionOf);
}

/** @returns each username once, normalized; none without text, because then IDs are enough */
export async function suggestUsernames(
  typed: string,
  timeoutMs: number,
  db: Queryable,
): Promise<JobSuggestion[]> {
  const start = typed.toLowerCase();
  if (start === "") return [];
  const jobs = await findUsernames(db, { start, limit: MOST, timeoutMs });
  const named = jobs.map((job) => ({ ...job, username: normalizeUsername(job.username) }));
  // A shell would have to quote other usernames.
  const plain = named.filter(({ username }) => isUsername(username));
  return [...new Map(plain.map((job) => [job.username, suggestionOf(job)])).values()];
}

function suggestionOf({ id, username, status, lastErrorCode }: NewestJob): JobSuggestion {
  return { id, username, state: lastErrorCode ?? status };
}
