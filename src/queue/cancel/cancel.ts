// Cancels pending and failed jobs.
import { whySkipped } from "../../domain/job.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { Database, Queryable } from "../../postgres/database.ts";
import { cancelJobs, readCancelable, type AskedJob } from "./cancel.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { actOnJobs, type ActOptions } from "../selection/act-on-jobs.ts";
import { whoHolds, type DoneById } from "../selection/by-id.ts";
import { chosenIds, type JobChoice } from "../selection/selection.ts";

export interface CancelOptions extends ActOptions {
  readonly jobs: JobChoice;
  readonly action: OperatorAction;
}

/** Repeating it changes nothing: canceled jobs are skipped. */
export async function cancelInQueue(
  options: CancelOptions,
  lock: HeldLock,
  db: Database,
): Promise<DoneById> {
  const verb = {
    done: "canceled",
    look: (ids: readonly string[]) => readCancelable(lock, ids),
    isMeant: (job: AskedJob) => job.verdict === "cancelable",
    act: (tx: Queryable, ids: readonly string[]) => cancelJobs(tx, ids, options.action),
    reasonFor,
  };
  return actOnJobs(await chosenIds(options.jobs, lock), verb, options, lock, db);
}

function reasonFor(job: AskedJob): string {
  switch (job.verdict) {
    case "unchanged":
      return "already canceled";
    case "completed":
      return "completed: its account exists";
    case "processing":
      return `${whoHolds(job)}; cancel it then`;
    case "impossible":
      return whySkipped(job.status, job.retryCount) ?? "runs skip it";
    case "cancelable":
      return "FamilyHub's database did not change it";
    default:
      return job.verdict satisfies never;
  }
}
