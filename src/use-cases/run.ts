// The frame of every scheduled command: take the lock, work, write the ledger, report.
import { randomUUID } from "node:crypto";
import type { RunStop } from "../domain/outcome.ts";
import {
  DatabaseUnavailable,
  IdentityRateLimited,
  IdentityRefused,
  IdentityUnavailable,
} from "../errors.ts";
import {
  describeRefusal,
  isRefused,
  lockWithin,
  type HeldLock,
  type LockAttempt,
  type LockName,
  type Shard,
  WHOLE_QUEUE,
} from "../store/advisory-lock.ts";
import type { LockHolder } from "../store/lock-holder.ts";
import type { Database } from "../store/database.ts";
import { closeRun, openRun, type LedgerEnding, type LedgerEntry } from "../store/run-ledger.ts";
import { checkSchemaVersion } from "../store/schema.ts";
import { Interrupted } from "./interruption.ts";

export interface RunReport<Counts> {
  readonly command: string;
  readonly runId: string;
  readonly outcome: "completed" | "locked" | RunStop["outcome"];
  readonly reason: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly counts: Counts;
  /** Who holds the lock, when the outcome is `locked` and it may be seen. */
  readonly holder: LockHolder | null;
}

export interface RunDependencies {
  tryLock(name: LockName, runId: string, shard: Shard): Promise<LockAttempt>;
  openDatabase(runId: string, command: string): Database;
  readonly version: string;
}

export interface Run<Counts = unknown> {
  readonly runId: string;
  readonly lock: HeldLock;
  readonly db: Database;
  /** Puts the run into the ledger before it changes anything. */
  begin(): Promise<void>;
  /**
   * What is left of a --max-duration, which counts from when the process began to wait for its
   * lock: a slow start must not push a run into the next one's time.
   */
  timeLeftMs(maxDurationMs: number | null): number | null;
  /** What the report says if the work ends by an error from here on. */
  soFar(counts: Counts): void;
}

export interface WorkResult<Counts> {
  readonly counts: Counts;
  /** null when all the work was done. */
  readonly stop: RunStop | null;
}

export interface Locking {
  /** How long to wait for a held lock before yielding. */
  readonly waitMs: number;
  /** Which part of the queue the lock is for. */
  readonly shard?: Shard;
  /** Aborted by SIGTERM or SIGINT, whose name is the reason. */
  readonly interrupted: AbortSignal;
  /** The report and the ledger say that nothing was changed. */
  readonly dryRun?: boolean;
}

/** The reason of a run that only counted. */
export const DRY_RUN = "dry run: nothing was changed";

/** @throws ExpectedError for what makes a run impossible; what ends one early is in the report */
export async function withRun<Counts extends object>(
  command: LockName,
  nothingDone: Counts,
  locking: Locking,
  deps: RunDependencies,
  work: (run: Run<Counts>) => Promise<WorkResult<Counts>>,
): Promise<RunReport<Counts>> {
  const runId = randomUUID();
  const startMs = performance.now();
  const elapsedMs = () => performance.now() - startMs;
  const base: Omit<RunReport<Counts>, "outcome" | "durationMs" | "finishedAt"> = {
    command,
    runId,
    reason: null,
    startedAt: new Date(),
    counts: nothingDone,
    holder: null,
  };
  const report = (
    outcome: RunReport<Counts>["outcome"],
    rest: Partial<RunReport<Counts>>,
  ): RunReport<Counts> => ({
    ...base,
    outcome,
    finishedAt: new Date(),
    durationMs: Math.round(elapsedMs()),
    ...rest,
  });

  let lock: LockAttempt;
  try {
    const shard = locking.shard ?? WHOLE_QUEUE;
    lock = await lockWithin(
      locking.waitMs,
      () => deps.tryLock(command, runId, shard),
      locking.interrupted,
    );
  } catch (error) {
    const stop = stopFor(error);
    if (stop === null) throw error;
    return report(stop.outcome, { reason: stop.reason });
  }
  if (isRefused(lock)) {
    const { aborted, reason } = locking.interrupted;
    const tried = { startedAt: lock.at, finishedAt: lock.at };
    if (aborted) return report("interrupted", { ...tried, reason: String(reason) });
    return report("locked", { ...tried, reason: describeRefusal(lock), holder: lock.holder });
  }
  const db = deps.openDatabase(runId, command);
  const entry: LedgerEntry = { runId, command, version: deps.version, startedAt: lock.startedAt };
  const completed = locking.dryRun === true ? DRY_RUN : null;
  const frame = { lock, db, entry, elapsedMs, completed };
  try {
    checkSchemaVersion(lock.migrations);
    return report("completed", await workInFrame(frame, nothingDone, work));
  } finally {
    await lock.release();
    await db.close();
  }
}

interface Frame {
  readonly lock: HeldLock;
  readonly db: Database;
  readonly entry: LedgerEntry;
  readonly elapsedMs: () => number;
  /** The reason of a run that did all it should. */
  readonly completed: string | null;
}

async function workInFrame<Counts extends object>(
  { lock, db, entry, elapsedMs, completed }: Frame,
  nothingDone: Counts,
  work: (run: Run<Counts>) => Promise<WorkResult<Counts>>,
): Promise<Partial<RunReport<Counts>>> {
  let begun = false;
  let done: WorkResult<Counts> = { counts: nothingDone, stop: null };
  const run: Run<Counts> = {
    runId: entry.runId,
    lock,
    db,
    timeLeftMs: (maxDurationMs) =>
      maxDurationMs === null ? null : Math.max(0, maxDurationMs - elapsedMs()),
    begin: async () => {
      await lock.letGo();
      await openRun(db, entry);
      begun = true;
    },
    soFar: (counts) => (done = { ...done, counts }),
  };
  try {
    done = await work(run);
  } catch (error) {
    const stop = stopFor(error);
    if (stop === null && begun) await closeRun(db, entry, BUG).catch(() => undefined);
    if (stop === null) throw error;
    done = { ...done, stop };
  }
  const { counts, stop } = done;
  const ending = {
    outcome: stop?.outcome ?? "completed",
    reason: stop === null ? completed : stop.reason,
    counts: numbersOf(counts),
  } as const;
  const seen = { startedAt: lock.startedAt, counts } as const;
  try {
    // A run that changed nothing needs no second connection for its line in the ledger.
    const finishedAt = await closeRun(begun || lock.lost.aborted ? db : lock, entry, ending);
    if (!begun && !lock.lost.aborted) await lock.commit();
    return { ...seen, outcome: ending.outcome, reason: ending.reason, finishedAt };
  } catch (error) {
    // What was done is done and is reported; the ledger keeps a line without an end.
    if (!(error instanceof DatabaseUnavailable)) throw error;
    const outcome = stop?.outcome ?? "unavailable";
    return { ...seen, outcome, reason: stop?.reason ?? error.message };
  }
}

const BUG: LedgerEnding = { outcome: "stopped", reason: "a bug in the tool", counts: {} };

/** @returns null for what is no fault that a run can meet */
export function stopFor(error: unknown): RunStop | null {
  if (error instanceof Interrupted) return { outcome: "interrupted", reason: error.message };
  if (error instanceof IdentityRefused) return { outcome: "refused", reason: error.message };
  if (error instanceof IdentityRateLimited) return { outcome: "stopped", reason: error.message };
  if (error instanceof IdentityUnavailable || error instanceof DatabaseUnavailable) {
    return { outcome: "unavailable", reason: error.message };
  }
  return null;
}

function numbersOf(counts: object): Record<string, number> {
  const numbers: [string, number][] = Object.entries(counts).flatMap(([name, value]) =>
    typeof value === "number" ? [[name, value]] : [],
  );
  return Object.fromEntries(numbers);
}
