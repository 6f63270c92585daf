// Finds the jobs for shortened IDs, or the job for an ID or username.
import { isCompleteId, readIdPrefix } from "../../domain/short-id.ts";
import { normalizeUsername } from "../../domain/job.ts";
import { NotFoundError } from "../../errors.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { findJobsInRanges, findJobsOfUsername, type FoundJob } from "./resolve-jobs.sql.ts";
import {
  MOST_CANDIDATES,
  quoted,
  refuseAmbiguous,
  refuseUnknown,
  type TypedId,
} from "./typed-id.ts";

const PIECE = 1000;

/**
 * @returns complete IDs in the given order
 * @throws UsageError for the first ambiguous one, naming the candidates
 * @throws NotFoundError for the first without a job
 */
export async function resolveIds(typed: readonly TypedId[], lock: HeldLock): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < typed.length; from += PIECE) {
    const piece = typed.slice(from, from + PIECE);
    const ranges = piece.map(({ range }) => range);
    const found = await findJobsInRanges(lock, ranges, MOST_CANDIDATES);
    for (const [index, { named }] of piece.entries()) ids.push(onlyOne(named, found[index] ?? []));
  }
  return ids;
}

function onlyOne(named: string, jobs: readonly FoundJob[]): string {
  const [job, ...others] = jobs;
  if (job === undefined) return refuseUnknown(named, "job");
  if (others.length === 0) return job.id;
  return refuseAmbiguous(named, jobs.map(described), "Type more of its ID.");
}

/**
 * @param text an ID, its beginning, or a username; a complete ID is not looked up
 * @throws UsageError if several jobs match, also one by ID and another by username
 * @throws NotFoundError if no job matches
 */
export async function resolveJob(text: string, lock: HeldLock): Promise<string> {
  const range = readIdPrefix(text);
  if (range !== null && isCompleteId(range)) return range.from;
  const [byId = []] = range === null ? [] : await findJobsInRanges(lock, [range], MOST_CANDIDATES);
  const byName = await findJobsOfUsername(lock, normalizeUsername(text), MOST_CANDIDATES);
  const jobs = [...new Map([...byId, ...byName].map((job) => [job.id, job])).values()];
  const [job, ...others] = jobs;
  if (job === undefined) {
    throw new NotFoundError(
      `There is no job ${quoted(text)}: no ID begins with it (at least 4 characters), and no job has this username. ` +
        "`queue list --search TEXT` searches for a part of a name.",
    );
  }
  if (others.length === 0) return job.id;
  return refuseAmbiguous(quoted(text), jobs.map(described), "Give the ID of one of them.");
}

function described({ id, username, status, lastErrorCode }: FoundJob): string {
  return `${id}  ${username}, ${lastErrorCode ?? status}`;
}
