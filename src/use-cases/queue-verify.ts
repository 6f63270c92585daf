// Tells of jobs whether their accounts exist, and changes nothing, neither here nor in Zitadel.
import { UsageError } from "../errors.ts";
import { wasNameRefused } from "../domain/cause.ts";
import type { RunStop } from "../domain/outcome.ts";
import type { AccountSighting } from "../domain/sighting.ts";
import type { JudgedJob } from "../domain/verdict-advice.ts";
import {
  canBeRequeued,
  judgeByFamilyHub,
  judgeBySighting,
  NOT_FOUND,
  unknown,
  type JobVerdict,
} from "../domain/verdict.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { hasReachedZitadel } from "../store/run-ledger.ts";
import { readJobsToVerify, type JobToVerify } from "../store/queue-verify.ts";
import { askForAccounts, type AskDependencies } from "./ask-for-accounts.ts";
import { findUnsoundness } from "./attempt-job.ts";
import { chosenIds, type JobChoice } from "./select-jobs.ts";

export interface VerifiedJob extends JobVerdict {
  readonly id: string;
  /** null, as the username, for an id that no job has. */
  readonly status: string | null;
  readonly username: string | null;
}

export interface VerifyReport {
  /** In the order in which they were named. */
  readonly jobs: readonly VerifiedJob[];
  /** Why not all were asked for; null when all were. */
  readonly stop: RunStop | null;
  /** Of some it is only known that Zitadel does not show them: it has shown nobody at all. */
  readonly doubtful: boolean;
}

export type JobsToVerify = ReadonlyMap<string, JobToVerify | null>;

/** Each costs Zitadel up to three calls, at ZITADEL_RATE. */
const MOST_VERIFIED = 10_000;

/** Everything that is needed of Postgres, so that its lock can be released. */
export interface ReadJobs {
  /** By id, null where no job has it. */
  readonly jobs: JobsToVerify;
  /** A run has reached Zitadel at its address lately. */
  readonly addressKnown: boolean;
}

export async function readJobs(
  choice: JobChoice,
  emailDomain: string,
  lock: HeldLock,
): Promise<ReadJobs> {
  const chosen = await chosenIds(choice, lock);
  if (chosen.length > MOST_VERIFIED) {
    throw new UsageError(`More than ${MOST_VERIFIED} jobs at once: verify fewer, and then again.`);
  }
  const ids = [...chosen];
  const found = await readJobsToVerify(lock, ids, emailDomain);
  const byId = new Map(found.map((job) => [job.id, job]));
  const jobs = new Map(ids.map((id) => [id, byId.get(id) ?? null]));
  return { jobs, addressKnown: await hasReachedZitadel(lock) };
}

/** Call with no lock held: it takes as long as Zitadel does. */
export async function verifyJobs(jobs: JobsToVerify, deps: AskDependencies): Promise<VerifyReport> {
  const open = [...jobs.values()].filter((job) => job !== null);
  const toAsk = open.filter((job) => judgeByFamilyHub(judged(job)) === null);
  const asked = toAsk.map((job) => ({ ...job, nameRefused: wasNameRefused(job) }));
  const { seen, stop } = await askForAccounts(asked, deps);
  const unasked = unknown(`not asked: ${stop?.reason ?? "the run ended"}`);
  const told = [...jobs].map(([id, job]): VerifiedJob => {
    if (job === null) return { id, status: null, username: null, ...NOT_FOUND };
    const { status, username } = job;
    return { id, status, username, ...verdictOn(judged(job), seen.get(id), unasked) };
  });
  const doubtful = [...seen.values()].some(
    (sighting) => sighting.kind === "absent" && sighting.doubtful,
  );
  return { jobs: told, stop, doubtful };
}

function verdictOn(
  job: JudgedJob,
  sighting: AccountSighting | undefined,
  unasked: JobVerdict,
): JobVerdict {
  const known = judgeByFamilyHub(job);
  if (known !== null) return known;
  return sighting === undefined ? unasked : judgeBySighting(job, sighting);
}

function judged(job: JobToVerify): JudgedJob {
  const { id, status, retryCount, erased, code, grpcCode, zitadelErrorId } = job;
  const unsound = findUnsoundness({
    ...{ username: job.username, fullName: job.fullName, role: job.role },
    // Who may not look assumes the best; of a holder of the name more is to be said.
    ...{ family: job.family ?? "present", usernameHeld: false },
  });
  return {
    ...{ id, status, retryCount, erased },
    cause: { code, grpcCode, zitadelErrorId },
    unsound: unsound?.message ?? null,
    holder: job.usernameHeld === true ? { zitadelUserId: job.heldBy } : null,
  };
}

/**
 * Asks only for jobs that could be requeued.
 * @returns which of them are better left alone, each with the reason
 */
export async function verifyForRequeue(
  jobs: JobsToVerify,
  deps: AskDependencies,
): Promise<VerifyReport & { readonly leftOut: ReadonlyMap<string, string> }> {
  const ready = [...jobs].filter(([, job]) => job !== null && canBeRequeued(job));
  const report = await verifyJobs(new Map(ready), deps);
  const inVain = report.jobs.filter(({ requeueable }) => !requeueable);
  const leftOut = new Map(inVain.map((job) => [job.id, reasonOf(job)]));
  // By the time of the requeue it may have failed, for a reason that nobody has looked at.
  for (const [id, job] of jobs) {
    if (job !== null && !canBeRequeued(job)) leftOut.set(id, whyNotAsked(job));
  }
  return { ...report, leftOut };
}

function whyNotAsked({ status, erased }: JobToVerify): string {
  if (status === "pending" || status === "completed") return `${status} already`;
  return erased && status === "failed"
    ? "its password is erased: `queue add` queues the account anew"
    : `${status}: not asked for`;
}

function reasonOf({ verdict, zitadelUserId, advice }: VerifiedJob): string {
  const whose = zitadelUserId === null ? "" : ` (Zitadel user ${zitadelUserId})`;
  return `${verdict}${whose}: ${advice}`;
}
