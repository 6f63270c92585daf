// Gives pending and failed jobs up, by id.
import { whyLeftAlone } from "../domain/job.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { cancelJobs, readCancelable, type AskedJob } from "../store/job-cancel.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { doneById, eachOnce, type DoneById } from "./by-id.ts";

export interface CancelOptions {
  readonly ids: readonly string[];
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

/** Doing it twice changes nothing the second time: the jobs are canceled by then, and skipped. */
export async function cancelInQueue(options: CancelOptions, lock: HeldLock): Promise<DoneById> {
  const ids = eachOnce(options.ids);
  const { canceled, asked } = options.dryRun
    ? planned(await readCancelable(lock, ids))
    : await cancelJobs(lock, ids, options.action);
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
      return whoHolds(job);
    case "impossible":
      return whyLeftAlone(job.status, job.retryCount) ?? "no run touches it";
    case "cancelable":
      return "FamilyHub's database left it as it was";
    default:
      return job.verdict satisfies never;
  }
}

/** Its account may be coming about at this moment, so only a run may say how the job ends. */
function whoHolds({ runId, leaseExpiresAt, leaseOver }: AskedJob): string {
  if (runId === null || leaseExpiresAt === null) {
    return "processing, though no run of this tool holds it: retry-accounts takes it back when RETRY_LEASE is over, cancel it then";
  }
  const until = leaseExpiresAt.toISOString();
  return leaseOver
    ? `processing: run ${runId} held it until ${until} and died; the next retry-accounts takes it back, cancel it then`
    : `processing: run ${runId} holds it until ${until}; cancel it when that run has let go`;
}
