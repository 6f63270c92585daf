// Applies an operator's action to any number of jobs, in pieces, and collects the result of each.
import { orAuditRefused } from "../../queue-table/audit-refused.ts";
import { IdList } from "../../domain/id-list.ts";
import { EXIT } from "../../exit-codes.ts";
import { ExpectedError, LockedError } from "../../errors.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { Database, Queryable } from "../../postgres/database.ts";
import { retryLocked } from "../../queue-table/retry-locked.ts";
import { findLocked } from "../../queue-table/row-locker.sql.ts";
import type { OnProgress } from "../../terminal/progress-count.ts";
import { JobReport, type DoneById } from "./by-id.ts";
import { OPERATOR_ROW_LOCK_TIMEOUT_MS, stillLocked } from "./locked-jobs.ts";
import { separateRefused } from "../../postgres/separate-refused.ts";

/** An action on jobs that fit into one transaction. */
export interface JobVerb<Job extends { readonly id: string }> {
  /** Such as `requeued`. */
  readonly done: string;
  /** The existing jobs, unchanged. */
  look(ids: readonly string[]): Promise<readonly Job[]>;
  isMeant(job: Job): boolean;
  /**
   * @param before how many jobs the same action has changed so far
   * @returns the changed jobs, and as they were before those that exist and that no other session has locked
   */
  act(tx: Queryable, ids: readonly string[], before: number): Promise<Changed<Job>>;
  /** Why a job was not changed. */
  readonly reasonFor: (job: Job) => string;
  /** By ID: jobs to skip whatever their state, and why. */
  readonly leftOut?: ReadonlyMap<string, string>;
}

interface Changed<Job> {
  readonly done: readonly string[];
  readonly asked: readonly Job[];
}

type Change<Job> = (
  ids: readonly string[],
  before: number,
) => Promise<Changed<Job> & { readonly locked: readonly string[] }>;

export interface ActOptions {
  /** How many jobs must change, otherwise none does; null for any number. */
  readonly expect: number | null;
  readonly dryRun: boolean;
  /** Called after each piece if there are several. */
  readonly onProgress?: OnProgress;
}

/** Locks its rows for a tenth of a second, in which FamilyHub's API may wait for one. */
const PIECE = 1000;

/**
 * Each piece commits separately: a killed command keeps what it had done, and the same command does the rest.
 * Jobs that the database refuses, or that another session has locked, do not block others: locked ones are
 * tried again at the end. Waiting for a lock while holding others would delay FamilyHub and could deadlock.
 * @throws ExpectedError if the number of jobs is not the expected one, before any change
 */
export async function actOnJobs<Job extends { readonly id: string }>(
  ids: IdList,
  verb: JobVerb<Job>,
  { expect, dryRun, onProgress }: ActOptions,
  lock: HeldLock,
  db: Database,
): Promise<DoneById> {
  if (dryRun || expect !== null) {
    const look = (piece: readonly string[]) => looked(piece, verb);
    const plan = await inPieces(ids, look, verb, lock, db, onProgress);
    checkCount(expect, plan.done.length, verb.done);
    if (dryRun) return plan;
  }
  await lock.releaseSnapshot();
  // A transaction, because Postgres would commit a single statement even if its process was killed.
  const change: Change<Job> = async (piece, before) => {
    const act = (tx: Queryable) => verb.act(tx, piece, before);
    const changed = await db.transaction(act).catch(orAuditRefused);
    return { ...changed, locked: await findLocked(db, piece, changed.asked) };
  };
  return inPieces(ids, change, verb, lock, db, onProgress);
}

async function looked<Job extends { readonly id: string }>(
  ids: readonly string[],
  verb: JobVerb<Job>,
) {
  const asked = await verb.look(ids);
  const done = asked.filter((job) => verb.isMeant(job)).map(({ id }) => id);
  return { done, asked, locked: [] };
}

async function inPieces<Job extends { readonly id: string }>(
  ids: IdList,
  change: Change<Job>,
  verb: JobVerb<Job>,
  lock: HeldLock,
  db: Database,
  onProgress?: OnProgress,
): Promise<DoneById> {
  const report = new JobReport();
  let passed = 0;
  const actOn = async (jobs: IdList) => {
    const locked = new IdList();
    for (const piece of jobs.pieces(PIECE)) {
      if (lock.lost.aborted) {
        throw new LockedError("The lock was lost: Postgres ended its session.");
      }
      for (const id of await actOnPiece(piece, change, verb, report)) locked.add(id);
      passed += piece.length;
      if (ids.length <= PIECE) continue;
      const counts = { [verb.done]: report.done.length, skipped: report.skipped.length };
      onProgress?.({ done: Math.min(passed, ids.length), total: ids.length, counts });
    }
    return locked;
  };
  try {
    let locked = await actOn(ids);
    const tryAgain = async () => {
      if (locked.length > 0) locked = await actOn(locked);
      return locked.length === 0;
    };
    await retryLocked(tryAgain, () => OPERATOR_ROW_LOCK_TIMEOUT_MS);
    const stopped = await stillLocked(locked, db);
    for (const id of locked) report.skipped.add(id, "another session has its row locked");
    return { ...report.end(), stopped };
  } catch (error) {
    if (!(error instanceof ExpectedError) || report.isEmpty()) throw error;
    return { ...report.end(), stopped: error };
  }
}

/** @returns the jobs that another session has locked: to be tried again */
async function actOnPiece<Job extends { readonly id: string }>(
  ids: readonly string[],
  change: Change<Job>,
  { reasonFor, leftOut }: JobVerb<Job>,
  report: JobReport,
): Promise<readonly string[]> {
  const locked = new Set<string>();
  const left = new Map<string, string>();
  const meant: string[] = [];
  for (const id of ids) {
    const reason = leftOut?.get(id);
    if (reason === undefined) meant.push(id);
    else left.set(id, reason);
  }
  const refusals = await separateRefused(
    meant,
    (id) => id,
    async (part) => {
      const { done, asked, ...others } = await change(part, report.done.length);
      const changed = new Set(done);
      for (const id of others.locked) locked.add(id);
      for (const id of part) if (changed.has(id)) report.done.add(id);
      for (const job of asked) if (!changed.has(job.id)) left.set(job.id, reasonFor(job));
    },
  );
  report.addRefused(refusals);
  for (const id of ids) {
    const reason = left.get(id);
    if (reason !== undefined) report.skipped.add(id, reason);
    else if (!report.has(id) && !locked.has(id)) report.skipped.addNotFound(id);
  }
  return [...locked];
}

/** @param expected null if no number was given */
function checkCount(expected: number | null, found: number, done: string): void {
  if (expected === null || found === expected) return;
  throw new ExpectedError(
    EXIT.fault,
    `Nothing was done: --expect is ${expected}, but ${found} would be ${done} now. ` +
      "Check again with --dry-run.",
  );
}
