// `__complete`: takes the words typed so far and prints one completion a line, `value TAB description`.
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

/** Ids of jobs fit as well: the asker looks them up. */
export interface WantedJobs {
  /** None for any. */
  readonly statuses: readonly JobStatus[];
  readonly typed: string;
  /** What an answer repeats before the id, such as `--job=`. */
  readonly before: string;
  readonly except: readonly string[];
  /** Whether a username stands for a job, too. */
  readonly usernames: boolean;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
  readonly jobs: WantedJobs | null;
  /** Ids of actions that begin so; null where none fits. */
  readonly actions: string | null;
}

/** Counted from the start of the process: nobody waits longer for an answer to a TAB. */
const TIME_LIMIT_MS = 1000;
/** Where starting took nearly all of it. */
const LEAST_MS = 200;

/** Complains of nothing: anyone who presses TAB is in the middle of a line. */
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

/** Nothing when the database cannot be asked in time. */
async function lookUp(
  find: (leftMs: number, lock: Queryable) => Promise<readonly Candidate[]>,
  runtime: Runtime,
): Promise<string> {
  // A peer that froze, or a name server, would keep the process for longer than anyone waits.
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
