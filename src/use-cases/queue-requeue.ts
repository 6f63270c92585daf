// Lets failed jobs go again.
import { whyLeftAlone } from "../domain/job.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import {
  readRequeueable,
  requeueFailedJobs,
  type RequeueCandidate,
  type RequeueRequest,
} from "../store/job-requeue.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { doneById, whoHolds, type DoneById } from "./by-id.ts";
import { checkCount, chosenIds, type JobChoice } from "./select-jobs.ts";

export interface RequeueOptions extends Omit<RequeueRequest, "ids"> {
  readonly jobs: JobChoice;
  /** How many must change, or none does; null for any number. */
  readonly expect: number | null;
  /** By id: why a job is left alone, whatever its state. */
  readonly leftOut: ReadonlyMap<string, string>;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

/** Doing it twice changes nothing the second time: the jobs are pending by then, and skipped. */
export async function requeueJobs(options: RequeueOptions, lock: HeldLock): Promise<DoneById> {
  const chosen = await chosenIds(options.jobs, lock);
  const ids = chosen.filter((id) => !options.leftOut.has(id));
  const { requeued, asked } = options.dryRun
    ? planned(await readRequeueable(lock, ids))
    : await requeueFailedJobs(lock, { ...options, ids }, options.action);
  checkCount(options.expect, requeued, "requeued");
  const others = new Map<string, RequeueCandidate | string>([
    ...options.leftOut,
    ...asked.map((job) => [job.id, job] as const),
  ]);
  const report = doneById(chosen, requeued, others, reasonFor);
  const changed = !options.dryRun && requeued.length > 0;
  return changed ? { ...report, actionId: options.action.id } : report;
}

function planned(asked: readonly RequeueCandidate[]) {
  return { requeued: asked.filter((job) => job.requeueable).map((job) => job.id), asked };
}

function reasonFor(job: RequeueCandidate | string): string {
  if (typeof job === "string") return job;
  const { status, retryCount, canceled, erased } = job;
  const leftAlone = whyLeftAlone(status, retryCount);
  if (leftAlone !== null) return leftAlone;
  if (status === "pending") return "pending already";
  if (status === "processing") return whoHolds(job);
  if (status === "completed") return "completed already";
  if (!erased) return "FamilyHub's database left it as it was";
  return canceled
    ? "canceled, and its password erased with it: `queue add` queues the account anew"
    : "its password is erased: `queue add` queues the account anew";
}
