// Gives pending and failed jobs up.
import { whyLeftAlone } from "../domain/job.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { cancelJobs, readCancelable, type AskedJob } from "../store/job-cancel.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { doneById, whoHolds, type DoneById } from "./by-id.ts";
import { checkCount, chosenIds, type JobChoice } from "./select-jobs.ts";

export interface CancelOptions {
  readonly jobs: JobChoice;
  /** How many must change, or none does; null for any number. */
  readonly expect: number | null;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

/** Doing it twice changes nothing the second time: the jobs are canceled by then, and skipped. */
export async function cancelInQueue(options: CancelOptions, lock: HeldLock): Promise<DoneById> {
  const ids = await chosenIds(options.jobs, lock);
  const { canceled, asked } = options.dryRun
    ? planned(await readCancelable(lock, ids))
    : await cancelJobs(lock, ids, options.action);
  checkCount(options.expect, canceled, "canceled");
  return doneById(ids, canceled, new Map(asked.map((job) => [job.id, job])), reasonFor);
}

function planned(asked: readonly AskedJob[]) {
  const cancelable = asked.filter((job) => job.verdict === "cancelable");
  return { canceled: cancelable.map((job) => job.id), asked };
}

function reasonFor(job: AskedJob): string {
  switch (job.verdict) {
    case "unchanged":
      return "canceled already, unchanged";
    case "completed":
      return "completed: its account exists";
    case "processing":
      return `${whoHolds(job)}; cancel it then`;
    case "impossible":
      return whyLeftAlone(job.status, job.retryCount) ?? "no run touches it";
    case "cancelable":
      return "FamilyHub's database left it as it was";
    default:
      return job.verdict satisfies never;
  }
}
