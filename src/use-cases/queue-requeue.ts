// Lets failed jobs go again, by id.
import { MAX_RETRIES } from "../domain/job.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import {
  readRequeueable,
  requeueFailedJobs,
  type NotRequeued,
  type OperatorAction,
} from "../store/operator-store.ts";

export interface RequeueOptions {
  readonly ids: readonly string[];
  /** Otherwise a requeued job has all its retries again. */
  readonly keepRetries: boolean;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

export interface RequeueReport {
  readonly requeued: readonly string[];
  readonly skipped: readonly {
    readonly id: string;
    readonly reason: string;
    readonly found: boolean;
  }[];
}

/** Doing it twice changes nothing the second time: the jobs are pending by then, and skipped. */
export async function requeueJobs(options: RequeueOptions, lock: HeldLock): Promise<RequeueReport> {
  const ids = [...new Set(options.ids.map((id) => id.toLowerCase()))];
  const { requeued, others } = options.dryRun
    ? await readRequeueable(lock, ids)
    : await requeueFailedJobs(lock, ids, options.keepRetries, options.action);
  const done = new Set(requeued);
  const skipped = ids
    .filter((id) => !done.has(id))
    .map((id) => ({ id, reason: reasonFor(others.get(id)), found: others.has(id) }));
  return { requeued: ids.filter((id) => done.has(id)), skipped };
}

function reasonFor(other: NotRequeued | undefined): string {
  if (other === undefined) return "not found";
  if (other.retryCount < 0 || other.retryCount > MAX_RETRIES) {
    return `its retry_count is ${other.retryCount}, which no run touches`;
  }
  if (other.status === "failed") return "its password is erased: queue it anew with a password";
  if (other.status === "pending") return "pending already";
  if (other.status === "processing") return "processing: a run holds it";
  return other.status === "completed"
    ? "completed already"
    : `its status is "${other.status}", which no run touches`;
}
