// Requeues failed jobs.
import { whySkipped } from "../../domain/job.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { Database, Queryable } from "../../postgres/database.ts";
import {
  readRequeueable,
  requeueFailedJobs,
  type RequeueCandidate,
  type RequeueRequest,
} from "./requeue.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { actOnJobs, type ActOptions } from "../selection/act-on-jobs.ts";
import { whoHolds, type DoneById } from "../selection/by-id.ts";
import { chosenIds, type JobChoice } from "../selection/selection.ts";

export interface RequeueOptions extends ActOptions, Omit<RequeueRequest, "ids" | "before"> {
  readonly jobs: JobChoice;
  /** By ID: why a job is skipped, whatever its state. */
  readonly leftOut: ReadonlyMap<string, string>;
  readonly action: OperatorAction;
}

/** Repeating it changes nothing: pending jobs are skipped. */
export async function requeueJobs(
  options: RequeueOptions,
  lock: HeldLock,
  db: Database,
): Promise<DoneById> {
  const { action, dryRun, leftOut } = options;
  const verb = {
    done: "requeued",
    leftOut,
    look: (ids: readonly string[]) => readRequeueable(lock, ids),
    isMeant: (job: RequeueCandidate) => job.requeueable,
    act: (tx: Queryable, ids: readonly string[], before: number) =>
      requeueFailedJobs(tx, { ...options, ids, before }, action),
    reasonFor,
  };
  const report = await actOnJobs(await chosenIds(options.jobs, lock), verb, options, lock, db);
  return dryRun || report.done.length === 0 ? report : { ...report, actionId: action.id };
}

function reasonFor(job: RequeueCandidate): string {
  const { status, retryCount, canceled } = job;
  const leftAlone = whySkipped(status, retryCount);
  if (leftAlone !== null) return leftAlone;
  if (status === "pending") return "already pending";
  if (status === "processing") return whoHolds(job);
  if (status === "completed") return "already completed";
  return canceled
    ? "canceled, and its password erased with it: `queue add` queues the account again"
    : "its password is erased: `queue add` queues the account again";
}
