// `__complete`: reads the words typed so far and prints one completion a line, as `value TAB description`.
import type { JobStatus } from "../../domain/job.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { oneLine } from "../../one-line.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import type { Queryable } from "../../postgres/database.ts";
import { suggestActions } from "../../queue/selection/suggest-actions.ts";
import { suggestJobs, suggestUsernames } from "../../queue/selection/suggest-jobs.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Job IDs are possible, too: the caller looks them up. */
export interface WantedJobs {
  /** Empty for any status. */
  readonly statuses: readonly JobStatus[];
  readonly typed: string;
  /** What each completion repeats before the ID, such as `--job=`. */
  readonly before: string;
  readonly except: readonly string[];
  /** Whether a username may be given instead of an ID. */
  readonly usernames: boolean;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
  readonly jobs: WantedJobs | null;
  /** The beginning of an action ID; null if none is possible. */
  readonly actions: string | null;
}

/** From the start of the process: nobody waits longer after pressing TAB. */
const TIME_LIMIT_MS = 1000;
/** If starting took nearly all of that time. */
const LEAST_MS = 200;

/** Reports no errors, because the user is in the middle of a line. */
export async function run(found: Completion, runtime: Runtime): Promise<ExitCode> {
  const { stdout } = runtime;
  for (const { value, description } of found.candidates) {
    stdout.write(`${value}\t${oneLine(description)}\n`);
  }
  if (found.files) stdout.write(":files\n");
  const { jobs, actions } = found;
  if (jobs !== null) {
    stdout.write(await lookUp((leftMs, lock) => jobLines(jobs, leftMs, lock), runtime));
  }
  if (actions !== null) {
    stdout.write(await lookUp((leftMs, lock) => actionLines(actions, leftMs, lock), runtime));
  }
  return EXIT.ok;
}

/** Returns nothing if the database does not answer in time. */
async function lookUp(
  find: (leftMs: number, lock: Queryable) => Promise<readonly Candidate[]>,
  runtime: Runtime,
): Promise<string> {
  // A frozen peer or name server would keep the process alive for too long.
  const leftMs = Math.max(LEAST_MS, TIME_LIMIT_MS - performance.now());
  const deadline = setTimeout(() => process.exit(EXIT.ok), leftMs);
  try {
    const { database } = config(runtime, "database");
    const lines = await underReadLock(database, (lock) => find(leftMs, lock));
    return lines.map(({ value, description }) => `${value}\t${oneLine(description)}\n`).join("");
  } catch {
    return "";
  } finally {
    clearTimeout(deadline);
  }
}

async function jobLines(wanted: WantedJobs, leftMs: number, lock: Queryable) {
  const jobs = await suggestJobs(wanted, leftMs, lock);
  const named = wanted.usernames ? await suggestUsernames(wanted.typed, leftMs, lock) : [];
  return [
    ...jobs.map(({ id, username, state }) => ({
      value: wanted.before + id,
      description: `${username}, ${state}`,
    })),
    ...named.map(({ username, state }) => ({ value: username, description: state })),
  ];
}

async function actionLines(typed: string, leftMs: number, lock: Queryable) {
  const actions = await suggestActions(typed, leftMs, lock);
  return actions.map(({ id, at, actor, count }) => ({
    value: id,
    description: `${at.toISOString()}, ${actor}, ${count} ${count === 1 ? "job" : "jobs"}`,
  }));
}
