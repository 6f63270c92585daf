// Which jobs are meant by the beginnings of their ids, or one by its username.
import { isWhole, readIdPrefix } from "../../domain/short-id.ts";
import { normalizeUsername } from "../../domain/job.ts";
import { NotFoundError } from "../../errors.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { findJobsInRanges, findJobsOfUsername, type MeantJob } from "./meant-jobs.sql.ts";
import {
  MOST_CANDIDATES,
  quoted,
  refuseAmbiguous,
  refuseUnknown,
  type TypedId,
} from "./typed-id.ts";

const PIECE = 1000;

/**
 * @returns whole ids, in the order in which they were typed
 * @throws UsageError for the first that is the beginning of several, naming them
 * @throws NotFoundError for the first that begins none
 */
export async function findMeantIds(typed: readonly TypedId[], lock: HeldLock): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < typed.length; from += PIECE) {
    const piece = typed.slice(from, from + PIECE);
    const ranges = piece.map(({ range }) => range);
    const found = await findJobsInRanges(lock, ranges, MOST_CANDIDATES);
    for (const [index, { named }] of piece.entries()) ids.push(onlyOne(named, found[index] ?? []));
  }
  return ids;
}

function onlyOne(named: string, jobs: readonly MeantJob[]): string {
  const [job, ...others] = jobs;
  if (job === undefined) return refuseUnknown(named, "job");
  if (others.length === 0) return job.id;
  return refuseAmbiguous(named, jobs.map(described), "Type more of its ID.");
}

/**
 * @param text an id, its beginning, or a username; a whole id is not looked up
 * @throws UsageError where it could be several jobs, also one by id and another by username
 * @throws NotFoundError where it is none
 */
export async function findMeantJob(text: string, lock: HeldLock): Promise<string> {
  const range = readIdPrefix(text);
  if (range !== null && isWhole(range)) return range.from;
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

function described({ id, username, status, lastErrorCode }: MeantJob): string {
  return `${id}  ${username}, ${lastErrorCode ?? status}`;
}
