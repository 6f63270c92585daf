// Erases one person from the queue, as article 17 of the GDPR asks.
import type { HeldLock } from "../store/advisory-lock.ts";
import { eraseJobsOf, findJobsOf, type JobOfPerson } from "../store/job-erase.ts";
import type { OperatorAction } from "../store/operator-store.ts";

export interface EraseOptions {
  /** Normalized. */
  readonly username: string;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

export interface EraseReport {
  /** With `dryRun`, what would be erased. */
  readonly erased: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** The second time nothing is found: both lists are empty. */
export async function eraseFromQueue(
  { username, dryRun, action }: EraseOptions,
  lock: HeldLock,
): Promise<EraseReport> {
  const { erased, left } = dryRun
    ? part(await findJobsOf(lock, username))
    : await eraseJobsOf(lock, username, action);
  return {
    erased: erased.map(({ id }) => id),
    skipped: left.map((job) => ({ id: job.id, reason: whyHeld(job) })),
  };
}

function part(jobs: readonly JobOfPerson[]) {
  return {
    erased: jobs.filter(({ status }) => status !== "processing"),
    left: jobs.filter(({ status }) => status === "processing"),
  };
}

/** A run may be creating the account just now: what it writes afterwards would outlive the job. */
function whyHeld({ runId, leaseEndsAt, leaseOver }: JobOfPerson): string {
  const free = "`retry-accounts` settles it or takes it back; then erase again";
  if (runId === null || leaseEndsAt === null) {
    return `processing, held by no run of this tool: after RETRY_LEASE ${free}`;
  }
  const until = leaseEndsAt.toISOString();
  return leaseOver
    ? `processing: run ${runId} held it until ${until} and did not end it; ${free}`
    : `processing: run ${runId} holds it until ${until}; erase again when it is settled`;
}
