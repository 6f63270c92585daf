// Does what a verb does to any number of jobs, piece by piece, and keeps the answer for each.
import { orAuditRefused } from "../../queue-table/audit-refused.ts";
import type { IdList } from "../../domain/id-list.ts";
import { EXIT } from "../../exit-codes.ts";
import { ExpectedError, LockedError } from "../../errors.ts";
import type { HeldLock } from "../../lock/advisory-lock.ts";
import type { Database, Queryable } from "../../postgres/database.ts";
import { JobReport, type DoneById } from "./by-id.ts";
import { partRefused } from "../../postgres/part-refused.ts";

/** What a verb does, to jobs that all fit into one transaction. */
export interface JobVerb<Job extends { readonly id: string }> {
  /** Such as `requeued`. */
  readonly done: string;
  /** The jobs that exist, as they are; changes nothing. */
  look(ids: readonly string[]): Promise<readonly Job[]>;
  isMeant(job: Job): boolean;
  /**
   * @param before how many jobs the same action has changed by then
   * @returns what was changed, and the jobs that exist, as they were
   */
  act(tx: Queryable, ids: readonly string[], before: number): Promise<Changed<Job>>;
  /** Why a job was left as it was. */
  readonly reasonFor: (job: Job) => string;
  /** By id: jobs that are left alone whatever their state, and why. */
  readonly leftOut?: ReadonlyMap<string, string>;
}

interface Changed<Job> {
  readonly done: readonly string[];
  readonly asked: readonly Job[];
}

type Change<Job> = (ids: readonly string[], before: number) => Promise<Changed<Job>>;

export interface ActOptions {
  /** How many must change, or none does; null for any number. */
  readonly expect: number | null;
  readonly dryRun: boolean;
}

/** Holds its rows for a tenth of a second, in which FamilyHub's API may wait for one. */
const PIECE = 1000;

/**
 * Each piece commits by itself: what a killed command did stays done, and the same command does the
 * rest when it is given again. Jobs that the database refuses to change keep no others.
 * @throws ExpectedError when others than expected would change, by their number: before anything is
 */
export async function actOnJobs<Job extends { readonly id: string }>(
  ids: IdList,
  verb: JobVerb<Job>,
  { expect, dryRun }: ActOptions,
  lock: HeldLock,
  db: Database,
): Promise<DoneById> {
  if (dryRun || expect !== null) {
    const plan = await inPieces(ids, (piece) => looked(piece, verb), verb, lock);
    checkCount(expect, plan.done.length, verb.done);
    if (dryRun) return plan;
  }
  await lock.letGo();
  // Not one statement by itself: Postgres commits it though the process that sent it is killed meanwhile.
  const change: Change<Job> = (piece, before) =>
    db.transaction((tx) => verb.act(tx, piece, before)).catch(orAuditRefused);
  return inPieces(ids, change, verb, lock);
}

async function looked<Job extends { readonly id: string }>(
  ids: readonly string[],
  verb: JobVerb<Job>,
): Promise<Changed<Job>> {
  const asked = await verb.look(ids);
  return { done: asked.filter((job) => verb.isMeant(job)).map(({ id }) => id), asked };
}

async function inPieces<Job extends { readonly id: string }>(
  ids: IdList,
  change: Change<Job>,
  verb: JobVerb<Job>,
  lock: HeldLock,
): Promise<DoneById> {
  const report = new JobReport();
  for (const piece of ids.pieces(PIECE)) {
    try {
      if (lock.lost.aborted) {
        throw new LockedError("The lock was lost: Postgres ended its session.");
      }
      await actOnPiece(piece, change, verb, report);
    } catch (error) {
      if (!(error instanceof ExpectedError) || report.isEmpty()) throw error;
      return { ...report.end(), stopped: error };
    }
  }
  return { ...report.end(), stopped: null };
}

async function actOnPiece<Job extends { readonly id: string }>(
  ids: readonly string[],
  change: Change<Job>,
  { reasonFor, leftOut }: JobVerb<Job>,
  report: JobReport,
): Promise<void> {
  const left = new Map<string, string>();
  const meant: string[] = [];
  for (const id of ids) {
    const reason = leftOut?.get(id);
    if (reason === undefined) meant.push(id);
    else left.set(id, reason);
  }
  const refusals = await partRefused(
    meant,
    (id) => id,
    async (part) => {
      const { done, asked } = await change(part, report.done.length);
      const changed = new Set(done);
      for (const id of part) if (changed.has(id)) report.done.add(id);
      for (const job of asked) if (!changed.has(job.id)) left.set(job.id, reasonFor(job));
    },
  );
  report.addRefused(refusals);
  for (const id of ids) {
    const reason = left.get(id);
    if (reason !== undefined) report.skipped.add(id, reason);
    else if (!report.has(id)) report.skipped.addNotFound(id);
  }
}

/** @param expected null where nobody said how many */
function checkCount(expected: number | null, found: number, done: string): void {
  if (expected === null || found === expected) return;
  throw new ExpectedError(
    EXIT.fault,
    `Nothing was done: --expect is ${expected}, but ${found} would be ${done} by now. ` +
      "Look again with --dry-run.",
  );
}
