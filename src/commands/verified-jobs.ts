// `queue requeue --verified`: which of the chosen jobs are better left alone, as Zitadel has it.
import { IdList } from "../domain/id-list.ts";
import { ExpectedError } from "../errors.ts";
import { config, openIdentity, underReadLock, type Runtime } from "../runtime.ts";
import { readJobs, verifyForRequeue } from "../use-cases/queue-verify.ts";
import type { JobChoice } from "../use-cases/select-jobs.ts";
import { DOUBT, tellUnanswered } from "./queue-verify.ts";
import { exitCodeOfStop, type OutputFlags } from "./run-flags.ts";

export interface VerifiedJobs {
  /** Exactly those that were asked for, whatever a filter finds by then. */
  readonly jobs: JobChoice;
  readonly leftOut: ReadonlyMap<string, string>;
  /** What is to be said of jobs for which Zitadel gave no answer; null when it gave all. */
  readonly unanswered: string | null;
}

/**
 * Holds no lock while it asks. A signal ends it at once: nothing has been changed.
 * @throws ExpectedError when Zitadel cannot be asked for all of them
 */
export async function verifyChosen(
  choice: JobChoice,
  flags: OutputFlags,
  runtime: Runtime,
): Promise<VerifiedJobs> {
  const { database, zitadel, retry } = config(runtime, "database", "zitadel", "retry");
  const { jobs: found, addressKnown } = await underReadLock(database, (lock) =>
    readJobs(choice, zitadel.syntheticEmailDomain, lock),
  );
  const report = await verifyForRequeue(found, {
    ...{ concurrency: retry.concurrency, maxDurationMs: null },
    interrupted: new AbortController().signal,
    openIdentity: () => openIdentity(zitadel, addressKnown),
  });
  const { stop, leftOut } = report;
  if (stop !== null) {
    throw new ExpectedError(exitCodeOfStop(stop), `Nothing was requeued: ${stop.reason}`);
  }
  if (report.doubtful && flags.quiet !== true) runtime.stderr.write(DOUBT);
  return { jobs: { ids: IdList.of(found.keys()) }, leftOut, unanswered: tellUnanswered(report) };
}
