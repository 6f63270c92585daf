// Processes every due job once: lock, survey, rescue, then claim, attempt, decide and settle, then report.
import type { Contact, LastContact } from "../domain/last-contact.ts";
import type { RunStop } from "../domain/outcome.ts";
import type { IdentityProvider } from "../zitadel/identity-provider.ts";
import type { KeyRing } from "../passwords/key-ring.ts";
import { DRY_RUN } from "../runs/ledger.sql.ts";
import { describePause, readPause } from "../queue-table/pause.sql.ts";
import { pausedStop } from "./pause-watch.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";
import { readBreaker } from "../queue-table/breaker.sql.ts";
import { readLastContact, recordContact } from "../queue-table/last-contact.sql.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import { checkPrivileges } from "../queue-table/privileges.sql.ts";
import { DatabaseBusy } from "../errors.ts";
import { planSettlement } from "./settle.sql.ts";
import { databaseTime, surveyQueue } from "./survey.sql.ts";
import { informNextRuns } from "./inform-next-runs.ts";
import { totalOf, type OnProgress } from "../terminal/progress-count.ts";
import { reachIdentity } from "./reach-identity.ts";
import type { Run, WorkResult } from "../runs/run-frame.ts";
import { NOTHING, type RetryCounts } from "./retry-counts.ts";
import { withRun, type RunDependencies, type RunReport } from "../runs/run.ts";
import { rescueJobs, type Rescue } from "./rescue-jobs.ts";
import { describeLeft } from "../runs/describe-left.ts";
import { addRefused, NONE_REFUSED } from "../runs/refused-rows.ts";
import { takeSample, type Sampling } from "../runs/sample-queue.ts";
import { NONE_SETTLED, type SettledCounts } from "./settler.ts";
import type { QueueDependencies } from "./queue-request.ts";
import { workQueue } from "./work-queue.ts";

export interface RetryOptions {
  /** The most jobs to claim. */
  readonly limit: number;
  /** null for no limit. */
  readonly maxDurationMs: number | null;
  readonly shard: Shard;
  /** Only this job, even before it is due. */
  readonly jobId: string | null;
  readonly dryRun: boolean;
  /** Processes the job of `jobId` although an operator paused the queue. */
  readonly force: boolean;
  /** How long to wait for a held lock. */
  readonly waitMs: number;
}

export type RetryReport = RunReport<RetryCounts>;

export interface RetryDependencies
  extends RunDependencies, Omit<QueueDependencies, "identity" | "onCounts"> {
  readonly ring: KeyRing;
  /** Loaded only if there is work: most runs find none. */
  openIdentity(last: LastContact | null): Promise<IdentityProvider>;
  /** The address of the identity server, and the key that logs in. */
  readonly contact: Contact;
  /** null if no metrics of the queue are needed. */
  readonly sampling: Sampling | null;
  /** Rows that no run may touch. */
  onImpossible(jobIds: readonly string[]): void;
  readonly onProgress?: OnProgress;
}

/** More than a dead run can hold; the jobs of many dead runs are recovered by several runs. */
const MOST_RESCUED = 1000;

/** @throws ExpectedError before anything is changed; the report has the reason of an early end */
export async function retryAccounts(
  options: RetryOptions,
  deps: RetryDependencies,
): Promise<RetryReport> {
  const locking = { ...options, interrupted: deps.interrupted };
  return withRun("retry-accounts", NOTHING, locking, deps, async (run) => {
    if (deps.sampling !== null) await takeSample(run.lock, deps.sampling, deps.leaseMs);
    const survey = await deps.tracer.step("survey the queue", { table: QUEUE }, () =>
      surveyQueue(run.lock, deps.leaseMs, options.shard),
    );
    if (survey.impossible.length > 0) deps.onImpossible(survey.impossible);
    const counts = { ...NOTHING, due: survey.due };
    run.soFar(counts);
    const pause = survey.paused && !options.force ? await readPause(run.lock) : null;
    if (pause !== null && options.dryRun) {
      const remark = `${DRY_RUN}; the queue is ${describePause(pause)}`;
      return { counts, stop: null, remark };
    }
    if (pause !== null) return { counts, stop: pausedStop(pause) };
    const nothingToDo = survey.due + survey.abandoned === 0 && options.jobId === null;
    if (nothingToDo || options.dryRun) return { counts, stop: null };
    return workUnderLock(run, counts, options, deps);
  });
}

async function workUnderLock(
  run: Run<RetryCounts>,
  counts: RetryCounts,
  options: RetryOptions,
  deps: RetryDependencies,
): Promise<WorkResult<RetryCounts>> {
  const breaker = await readBreaker(run.lock);
  if (breaker.pausedUntil !== null) {
    return { counts, stop: paused(breaker.pausedUntil) };
  }
  await checkPrivileges(run.lock);
  await checkSettling(run, deps.emailDomain);
  const last = await readLastContact(run.lock);
  await run.lock.releaseSnapshot();
  deps.ring.prepare();
  const identity = await deps.openIdentity(last);
  try {
    await reachIdentity(identity, run.db, breaker, deps);
    await run.begin({ concurrency: deps.concurrency });
    if (identity.hasAnswered()) {
      await informNextRuns(run.db, (tx) => recordContact(tx, deps.contact), deps.onUnwritten);
    }
    const { rescued, exhausted, refused } = await rescue(run, options, deps);
    run.soFar({ ...counts, rescued, ...addRefused(NONE_REFUSED, refused) });
    const total = options.jobId === null ? Math.min(counts.due + rescued, options.limit) : 1;
    const onCounts = ({ ...settled }: Readonly<SettledCounts>) =>
      deps.onProgress?.({ done: totalOf(settled), total, counts: settled });
    onCounts(NONE_SETTLED);
    const {
      stop,
      refused: left,
      ...worked
    } = await workQueue(
      run,
      {
        ...options,
        limit: options.limit - exhausted.length,
        maxDurationMs: run.timeLeftMs(options.maxDurationMs),
        exhausted,
        refused,
        dueBefore: await databaseTime(run.db),
        breaker,
      },
      { ...deps, identity, onCounts },
    );
    const told = addRefused(NONE_REFUSED, left);
    const remark = describeLeft(worked.missingKeys, told);
    return { counts: { ...counts, ...worked, ...told, rescued }, stop, remark };
  } finally {
    identity.close();
  }
}

/**
 * Finds what would refuse every settlement before Zitadel is asked for accounts that could not be stored. A
 * lock that blocks now may be gone by then.
 * @throws ConfigError naming the reason
 */
async function checkSettling({ db, runId }: Run, emailDomain: string): Promise<void> {
  await planSettlement(db, runId, emailDomain).catch((error: unknown) => {
    if (!(error instanceof DatabaseBusy)) throw error;
  });
}

/** `--job` leaves the jobs of dead runs to other runs. */
async function rescue(run: Run, options: RetryOptions, deps: RetryDependencies): Promise<Rescue> {
  if (options.jobId !== null) return { rescued: 0, exhausted: [], refused: [] };
  return rescueJobs(run.db, {
    runId: run.runId,
    leaseMs: deps.leaseMs,
    retries: deps.schedule.delaysMs.length,
    shard: options.shard,
    limit: Math.min(options.limit, MOST_RESCUED),
  });
}

function paused(until: Date): RunStop {
  return {
    outcome: "stopped",
    reason: `rate limited: Zitadel asked us to wait until ${until.toISOString()}`,
  };
}
