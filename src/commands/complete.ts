// `__complete`: what fits where somebody presses TAB -> a line each, `value TAB description`.
import type { JobStatus } from "../domain/job.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneLine } from "../one-line.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import { suggestJobs } from "../use-cases/suggest-jobs.ts";

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
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
  readonly jobs: WantedJobs | null;
}

/** Counted from the start of the process: nobody waits longer for an answer to a TAB. */
const PATIENCE_MS = 1000;
/** Where starting took nearly all of it. */
const LEAST_MS = 200;

/** Complains of nothing: whoever presses TAB is in the middle of a line. */
export async function run(found: Completion, runtime: Runtime): Promise<ExitCode> {
  const { stdout } = runtime;
  for (const { value, description } of found.candidates) {
    stdout.write(`${value}\t${oneLine(description)}\n`);
  }
  if (found.files) stdout.write(":files\n");
  if (found.jobs !== null) stdout.write(await jobLines(found.jobs, runtime));
  return EXIT.ok;
}

async function jobLines(wanted: WantedJobs, runtime: Runtime): Promise<string> {
  // A peer that froze, or a name server, would keep the process for longer than anyone waits.
  const leftMs = Math.max(LEAST_MS, PATIENCE_MS - performance.now());
  const deadline = setTimeout(() => process.exit(EXIT.ok), leftMs);
  try {
    const { database } = config(runtime, "database");
    const jobs = await underReadLock(database, (lock) => suggestJobs(wanted, leftMs, lock));
    return jobs
      .map(
        ({ id, username, state }) => `${wanted.before}${id}\t${oneLine(`${username}, ${state}`)}\n`,
      )
      .join("");
  } catch {
    return "";
  } finally {
    clearTimeout(deadline);
  }
}
