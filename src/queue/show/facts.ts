// Everything that decides whether a job runs, read at the same time.
import { nextStep, type NextStep } from "../../domain/next-step.ts";
import type { Failure } from "../../domain/failure.ts";
import { normalizeUsername, type FamilyState } from "../../domain/job.ts";
import type { RetrySchedule } from "../../domain/outcome.ts";
import { NotFoundError } from "../../errors.ts";
import { namedKey } from "../../passwords/envelope-header.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { readBreaker, type Breaker } from "../../queue-table/breaker.sql.ts";
import { readPause, type Pause } from "../../queue-table/pause.sql.ts";
import {
  findJob,
  listAttempts,
  readPasswordState,
  type JobHolder,
  type PasswordState,
  type PastAttempt,
} from "./history.sql.ts";
import { readRelatedRows } from "./related-rows.sql.ts";
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";
import { listRuns, type ListedRun } from "../../runs/runs.sql.ts";
import { listWorkingRuns, type WorkingRun } from "../../runs/working-runs.sql.ts";
import { findInvalidity } from "../../domain/job-validity.ts";

export interface JobFacts {
  /** The database's time of reading. */
  readonly now: Date;
  readonly schedule: RetrySchedule;
  readonly job: ListedJob;
  readonly step: NextStep;
  /** The run that processes it; null if none does. */
  readonly holder: JobHolder | null;
  /** When another run may take it over; null if no run holds it, or the lease has no end. */
  readonly leaseEndsAt: Date | null;
  readonly password: PasswordState["state"];
  /** The key that encrypts the password, if the password names one. */
  readonly keyId: string | null;
  /** The password's key if the ring lacks it; null otherwise, and if that is unknown. */
  readonly missingKey: string | null;
  /** `present` also if the role may not read it. */
  readonly family: FamilyState;
  /** Why the next attempt would fail without a call to Zitadel. */
  readonly invalidity: Failure | null;
  readonly attempts: readonly PastAttempt[];
  readonly breaker: Omit<Breaker, "updatedAt">;
  /** Set by an operator. */
  readonly pause: Pause | null;
  /** Runs of retry-accounts, the oldest first. */
  readonly working: readonly WorkingRun[];
  /** The newest run of retry-accounts that was not a dry run; null if none is recorded. */
  readonly lastRun: ListedRun | null;
}

export interface FactOptions {
  readonly leaseMs: number;
  readonly schedule: RetrySchedule;
  /** Whether the key ring has the key; null if no ring can be read. */
  readonly hasKey: ((kid: string) => boolean) | null;
  /** The domain of the accounts' email addresses. */
  readonly emailDomain: string;
}

/** @throws NotFoundError if no job has the ID */
export async function readJobFacts(
  id: string,
  { leaseMs, schedule, hasKey, emailDomain }: FactOptions,
  lock: HeldLock,
): Promise<JobFacts> {
  const found = await findJob(lock, id, leaseMs);
  if (found === null) {
    throw new NotFoundError(`There is no job ${id}: \`queue list\` shows the jobs.`);
  }
  const { job, outlook, holder } = found;
  const { state, header } = await readPasswordState(lock, id);
  const keyId = header === null ? null : namedKey(header);
  const username = normalizeUsername(job.username);
  const { familyId, role } = job;
  const { family, usernameHeld } = await readRelatedRows(lock, { id, familyId }, emailDomain);
  const invalidity = findInvalidity({
    ...{ username, fullName: job.fullName.trim(), role },
    // Without permission to read these, assume the best.
    ...{ family: family ?? "present", usernameHeld: usernameHeld ?? false },
  });
  const { runs } = await listRuns(lock, LAST_RUN);
  return {
    ...{ now: lock.startedAt, schedule, job, holder, invalidity },
    leaseEndsAt: outlook.leaseEndsAt,
    step: nextStep({ ...outlook, erased: state === "erased" }),
    password: state,
    keyId,
    missingKey: keyId !== null && hasKey !== null && !hasKey(keyId) ? keyId : null,
    family: family ?? "present",
    attempts: await listAttempts(lock, id),
    breaker: await readBreaker(lock),
    pause: await readPause(lock),
    working: await listWorkingRuns(lock, lock.startedAt),
    lastRun: runs[0] ?? null,
  };
}

const LAST_RUN = {
  commands: ["retry-accounts"],
  outcomes: [],
  since: null,
  dryRuns: "without",
  limit: 1,
  after: null,
} as const;
