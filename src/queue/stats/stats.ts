// The state of the queue at a glance: counts, breaker, last runs, and a forecast.
import { COUNT_CAP } from "../../queue-table/counts.sql.ts";
import { forecast, spentIfDueWithinMs, type Forecast } from "../../domain/forecast.ts";
import type { JobStatus } from "../../domain/job.ts";
import type { RetrySchedule } from "../../domain/outcome.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { readPause, type Pause } from "../../queue-table/pause.sql.ts";
import { readBreaker, type Breaker } from "../../queue-table/breaker.sql.ts";
import { listImpossible } from "../../queue-table/impossible-rows.sql.ts";
import {
  countCreatedByHour,
  countQueue,
  IMPOSSIBLE_CAP,
  type HourCount,
} from "../../queue-table/counts.sql.ts";
import { listRuns, listWorkedRuns, type ListedRun } from "../../runs/runs.sql.ts";
import {
  countOrphanedJobs,
  findForeignHolder,
  listWorkingRuns,
  type OrphanedJobs,
  type WorkingRun,
} from "../../runs/working-runs.sql.ts";
import { findMissingKeys } from "../../queue-table/missing-keys.ts";
import { listRequeues, type Requeue } from "../selection/requeues.sql.ts";
import { obstaclesOf } from "./obstacles.ts";

const CAPPED = ["completed", "impossible", "createdByHour", "missingKeys"] as const;
export type CappedName = (typeof CAPPED)[number];

export interface StatsOptions {
  readonly leaseMs: number;
  readonly schedule: RetrySchedule;
  /** Whether the key ring has the key; null if no ring can be read. */
  readonly hasKey: ((kid: string) => boolean) | null;
  /** Count every completed job, which takes long if there are many. */
  readonly exact: boolean;
}

export interface QueueStats {
  readonly counts: Readonly<Record<JobStatus, number>>;
  /** Which numbers are only lower limits. */
  readonly capped: readonly CappedName[];
  readonly due: number;
  readonly oldestDueAt: Date | null;
  readonly oldestDueAgeSeconds: number | null;
  readonly nextDueAt: Date | null;
  /** Waiting for a next_retry_at of infinity. */
  readonly neverDue: number;
  /** Waiting jobs whose last result the database refused to store: only a person can fix that. */
  readonly refusedByDatabase: number;
  /** Processing, although the lease has ended. */
  readonly stuck: number;
  /** Processing under a lease that has not ended, although the run died. */
  readonly orphaned: OrphanedJobs;
  readonly impossible: number;
  /** The first of them, by ID. */
  readonly impossibleIds: readonly string[];
  readonly failuresByCode: Readonly<Record<string, number>>;
  /** How many of the due jobs need each missing key; null if that is unknown. */
  readonly missingKeys: Readonly<Record<string, number>> | null;
  readonly breaker: Omit<Breaker, "updatedAt">;
  /** Set by an operator; null if the queue is not paused. */
  readonly pause: Pause | null;
  /** Requeues of many jobs within the last day that can still be undone, the newest first. */
  readonly bigRequeues: readonly Requeue[];
  /** Runs of retry-accounts that hold a lock now, the oldest first. */
  readonly workingRuns: readonly WorkingRun[];
  /** Another program that holds the lock of retry-accounts; null if there is none. */
  readonly lockHeldBy: string | null;
  readonly lastRuns: readonly ListedRun[];
  readonly createdByHour: readonly HourCount[];
  readonly forecast: Forecast;
}

/** More than anyone requeues by ID. */
const BIG_REQUEUES = { leastJobs: 1000, withinMs: 86_400_000, newestLines: 10_000, limit: 3 };

const RUNS = 5;
const IMPOSSIBLE_NAMED = 5;

export async function readStats(options: StatsOptions, lock: HeldLock): Promise<QueueStats> {
  const cap = options.exact ? null : COUNT_CAP;
  const { leaseMs, schedule } = options;
  const slack = spentIfDueWithinMs(schedule);
  const counted = await countQueue(lock, { leaseMs, spentIfDueWithinMs: slack, cap });
  const byHour = await countCreatedByHour(lock, cap);
  const { openedAt, pausedUntil, reason } = await readBreaker(lock);
  const pause = await readPause(lock);
  const requeues = await listRequeues(lock, BIG_REQUEUES);
  const last = {
    commands: ["retry-accounts"],
    outcomes: [],
    since: null,
    dryRuns: "without" as const,
    limit: RUNS,
    after: null,
  };
  const { runs } = await listRuns(lock, last);
  const worked = await listWorkedRuns(lock, RUNS);
  const now = lock.startedAt;
  const workingRuns = await listWorkingRuns(lock, now);
  const lockHeldBy = await findForeignHolder(lock);
  const keys = await findMissingKeys(lock, options.hasKey);

  const { pending, processing, completed, failed, impossible, spentWithinHour, ...found } = counted;
  const most = cap ?? Infinity;
  const isCapped: Readonly<Record<CappedName, boolean>> = {
    completed: completed > most,
    impossible: impossible > IMPOSSIBLE_CAP,
    createdByHour: byHour.some(({ created }) => created > most),
    missingKeys: keys.capped,
  };
  const obstacles = obstaclesOf({
    ...{ now, keys, workingRuns, lockHeldBy, newest: runs[0] },
    paused: pause !== null,
    halted: openedAt !== null || pausedUntil !== null,
  });
  return {
    counts: { pending, processing, completed: Math.min(completed, most), failed },
    capped: CAPPED.filter((name) => isCapped[name]),
    due: found.due,
    oldestDueAt: found.oldestDueAt,
    oldestDueAgeSeconds: found.oldestDueAt && secondsBetween(found.oldestDueAt, now),
    nextDueAt: found.nextDueAt,
    neverDue: found.neverDue,
    refusedByDatabase: found.refusedByDatabase,
    stuck: found.stuck,
    orphaned: await countOrphanedJobs(lock),
    impossible: Math.min(impossible, IMPOSSIBLE_CAP),
    impossibleIds: await firstImpossible(impossible, lock),
    failuresByCode: found.failuresByCode,
    missingKeys: keys.jobs,
    breaker: { openedAt, pausedUntil, reason },
    pause,
    bigRequeues: requeues.filter(({ undoable }) => undoable > 0),
    workingRuns,
    lockHeldBy,
    lastRuns: runs,
    createdByHour: byHour.map(({ hour, created }) => ({ hour, created: Math.min(created, most) })),
    forecast: forecast(now, { due: found.due, spentWithinHour }, worked, obstacles),
  };
}

async function firstImpossible(count: number, lock: HeldLock): Promise<string[]> {
  const rows = count === 0 ? [] : await listImpossible(lock, IMPOSSIBLE_NAMED);
  return rows.map(({ id }) => id);
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}
