// Does what a verb does to any number of jobs, piece by piece, and keeps the answer for each.
import { IdList } from "../domain/id-list.ts";
import { EXIT } from "../exit-codes.ts";
import { ExpectedError, LockedError } from "../errors.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import type { Database, Queryable } from "../store/database.ts";
import { SkippedJobs, type DoneById } from "./by-id.ts";

/** What a verb does, to jobs that all fit into one transaction. */
export interface JobVerb<Job extends { readonly id: string }> {
  /** Such as `requeued`. */
  readonly done: string;
  /** The jobs that exist, as they are; changes nothing. */
  look(ids: readonly string[]): Promise<readonly Job[]>;
  isMeant(job: Job): boolean;
  /** @returns what was changed, and the jobs that exist, as they were */
  act(tx: Queryable, ids: readonly string[]): Promise<Changed<Job>>;
  /** Why a job was left as it was. */
  readonly reasonFor: (job: Job) => string;
  /** By id: jobs that are left alone whatever their state, and why. */
  readonly leftOut?: ReadonlyMap<string, string>;
}

interface Changed<Job> {
  readonly done: readonly string[];
  readonly asked: readonly Job[];
}

export interface ActOptions {
  /** How many must change, or none does; null for any number. */
  readonly expect: number | null;
  readonly dryRun: boolean;
}

/** Holds its rows for a tenth of a second, in which FamilyHub's API may wait for one. */
const PIECE = 1000;

/**
 * Each piece commits by itself: what a killed command did stays done, and the same command does the
 * rest when it is given again.
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
  const change = (piece: readonly string[]) => db.transaction((tx) => verb.act(tx, piece));
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
  change: (ids: readonly string[]) => Promise<Changed<Job>>,
  { reasonFor, leftOut }: JobVerb<Job>,
  lock: HeldLock,
): Promise<DoneById> {
  const [done, skipped] = [new IdList(), new SkippedJobs()];
  let stopped: ExpectedError | null = null;
  for (const piece of ids.pieces(PIECE)) {
    try {
      if (lock.lost.aborted)
        throw new LockedError("The lock was lost: Postgres ended its session.");
      const changed = await change(piece.filter((id) => leftOut?.has(id) !== true));
      const [did, asked] = [
        new Set(changed.done),
        new Map(changed.asked.map((job) => [job.id, job])),
      ];
      for (const id of piece) {
        const [reason, job] = [leftOut?.get(id), asked.get(id)];
        if (did.has(id)) done.add(id);
        else if (reason !== undefined) skipped.add(id, reason);
        else if (job !== undefined) skipped.add(id, reasonFor(job));
        else skipped.addNotFound(id);
      }
    } catch (error) {
      if (!(error instanceof ExpectedError) || done.length + skipped.length === 0) throw error;
      stopped = error;
      break;
    }
  }
  return { done, skipped, stopped };
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
