// Erases one person from the queue, as article 17 of the GDPR asks.
import type { HeldLock } from "../store/advisory-lock.ts";
import { UsageError } from "../errors.ts";
import { eraseJobsOf, findJobsOf, type JobOfPerson, type Person } from "../store/job-erase.ts";
import type { OperatorAction } from "../store/operator-store.ts";

export interface EraseOptions {
  readonly person: Person;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

export interface EraseReport {
  /** With `dryRun`, what would be erased. */
  readonly erased: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * The second time nothing is found: both lists are empty.
 * @throws UsageError when jobs of several families bear the name: then it is not one person's
 */
export async function eraseFromQueue(
  { person, dryRun, action }: EraseOptions,
  lock: HeldLock,
): Promise<EraseReport> {
  const found = await findJobsOf(lock, person);
  refuseSeveralPeople(found, person);
  const { erased, left } = dryRun ? part(found) : await eraseJobsOf(lock, person, action);
  return {
    erased: erased.map(({ id }) => id),
    skipped: left.map((job) => ({ id: job.id, reason: whyHeld(job) })),
  };
}

/** A name that was taken is queued again and again, also by another family. */
function refuseSeveralPeople(jobs: readonly JobOfPerson[], { username }: Person): void {
  const families = [...new Set(jobs.map(({ familyId }) => familyId))];
  if (families.length < 2) return;
  throw new UsageError(
    `Jobs of ${families.length} families have the username ${JSON.stringify(username)}, and nothing was erased. ` +
      `Say whose are meant: --family ${families.join(" or --family ")}.`,
  );
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
