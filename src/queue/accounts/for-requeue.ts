// Which jobs a requeue skips because Zitadel's answer shows that they would fail again.
import { verifyJobs, type JobsToVerify, type VerifiedJob, type VerifyReport } from "./accounts.ts";
import type { RunStop } from "../../domain/outcome.ts";
import { canBeRequeued } from "../../domain/verdict.ts";
import { type JobToVerify } from "./accounts.sql.ts";
import { type AskDependencies } from "./ask-for-accounts.ts";

/**
 * Asks only for jobs that can be requeued.
 * @returns which of them to skip, with the reason
 */
export async function verifyForRequeue(
  jobs: JobsToVerify,
  deps: AskDependencies,
  stopped: RunStop | null,
): Promise<VerifyReport & { readonly leftOut: ReadonlyMap<string, string> }> {
  const ready = [...jobs].filter(([, job]) => job !== null && canBeRequeued(job));
  const report = await verifyJobs(new Map(ready), deps, stopped);
  const wouldFail = report.jobs.filter(({ requeueable }) => !requeueable);
  const leftOut = new Map(wouldFail.map((job) => [job.id, reasonOf(job)]));
  // By the time of the requeue, the job may have failed for another reason.
  for (const [id, job] of jobs) {
    if (job !== null && !canBeRequeued(job)) leftOut.set(id, whyNotAsked(job));
  }
  return { ...report, leftOut };
}

function whyNotAsked({ status, erased }: JobToVerify): string {
  if (status === "pending" || status === "completed") return `already ${status}`;
  return erased && status === "failed"
    ? "its password is erased: `queue add` queues the account again"
    : `${status}: not asked for`;
}

function reasonOf({ verdict, zitadelUserId, advice }: VerifiedJob): string {
  const whose = zitadelUserId === null ? "" : ` (Zitadel user ${zitadelUserId})`;
  return `${verdict}${whose}: ${advice}`;
}
