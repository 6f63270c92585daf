// Lets failed jobs go again, by id.
import { whyLeftAlone } from "../domain/job.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import {
  readRequeueable,
  requeueFailedJobs,
  type NotRequeued,
  type OperatorAction,
} from "../store/operator-store.ts";
import { doneById, eachOnce, type DoneById } from "./by-id.ts";

export interface RequeueOptions {
  readonly ids: readonly string[];
  /** Otherwise a requeued job has all its retries again. */
  readonly keepRetries: boolean;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

/** Doing it twice changes nothing the second time: the jobs are pending by then, and skipped. */
export async function requeueJobs(options: RequeueOptions, lock: HeldLock): Promise<DoneById> {
  const ids = eachOnce(options.ids);
  const { requeued, others } = options.dryRun
    ? await readRequeueable(lock, ids)
    : await requeueFailedJobs(lock, ids, options.keepRetries, options.action);
  return doneById(ids, requeued, others, reasonFor);
}

function reasonFor({ status, retryCount, canceled }: NotRequeued): string {
  const leftAlone = whyLeftAlone(status, retryCount);
  if (leftAlone !== null) return leftAlone;
  if (status === "pending") return "pending already";
  if (status === "processing") return "processing: a run holds it";
  if (status === "completed") return "completed already";
  return canceled
    ? "canceled, and its password erased with it: `queue add` queues the account anew"
    : "its password is erased: `queue add` queues the account anew";
}
