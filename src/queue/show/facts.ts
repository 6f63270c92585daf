// Everything that decides whether a job runs, read at one time.
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
import { readSurroundings } from "./surroundings.sql.ts";
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";
import { listRuns, type ListedRun } from "../../runs/runs.sql.ts";
import { listWorkingRuns, type WorkingRun } from "../../runs/working-runs.sql.ts";
import { findInvalidity } from "../../domain/job-validity.ts";

export interface JobFacts {
  /** Database time at which all this was so. */
  readonly now: Date;
  readonly schedule: RetrySchedule;
  readonly job: ListedJob;
  readonly step: NextStep;
  /** The run that works on it; null when none does. */
  readonly holder: JobHolder | null;
  /** When another run may take it over; null where nobody holds it, or the lease has no end. */
  readonly leaseEndsAt: Date | null;
  readonly password: PasswordState["state"];
  /** The key that the password is encrypted under, if it names one. */
  readonly keyId: string | null;
  /** The password's key where the ring lacks it; null where it does not, or nobody can tell. */
  readonly missingKey: string | null;
  /** `present` also where the role may not look. */
  readonly family: FamilyState;
  /** Why the next try would fail without Zitadel being asked. */
  readonly invalidity: Failure | null;
  readonly attempts: readonly PastAttempt[];
  readonly breaker: Omit<Breaker, "updatedAt">;
  /** By an operator. */
  readonly pause: Pause | null;
  /** Runs of retry-accounts, the oldest first. */
  readonly working: readonly WorkingRun[];
  /** The newest run of retry-accounts that was no dry run; null when none is recorded. */
  readonly lastRun: ListedRun | null;
}

export interface FactOptions {
  readonly leaseMs: number;
  readonly schedule: RetrySchedule;
  /** Whether the key ring has the key; null when no ring can be read. */
  readonly hasKey: ((kid: string) => boolean) | null;
  /** Of the addresses that accounts are given. */
  readonly emailDomain: string;
}

/** @throws NotFoundError when no job has the id */
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
  const { family, usernameHeld } = await readSurroundings(lock, { id, familyId }, emailDomain);
  const invalidity = findInvalidity({
    ...{ username, fullName: job.fullName.trim(), role },
    // Who may not look assumes the best.
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
