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
  type LockHolder,
  type LockName,
  type Shard,
  WHOLE_QUEUE,
} from "../store/advisory-lock.ts";
import type { Database } from "../store/database.ts";
import { closeRun, openRun, type LedgerEntry } from "../store/run-ledger.ts";
import { checkSchemaVersion } from "../store/schema.ts";

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
  /** What the report says if the work ends by an error from here on. */
  soFar(counts: Counts): void;
}

export interface WorkResult<Counts> {
  readonly counts: Counts;
  /** null when all the work was done. */
  readonly stop: RunStop | null;
}

/**
 * @param locking how long to wait for a held lock before yielding, and which part of the queue it is for
 * @throws ExpectedError for what makes a run impossible; what ends one early is in the report
 */
export async function withRun<Counts extends object>(
  command: LockName,
  nothingDone: Counts,
  locking: { readonly waitMs: number; readonly shard?: Shard },
  deps: RunDependencies,
  work: (run: Run<Counts>) => Promise<WorkResult<Counts>>,
): Promise<RunReport<Counts>> {
  const runId = randomUUID();
  const hostStart = new Date();
  const startMs = performance.now();
  const report = (
    outcome: RunReport<Counts>["outcome"],
    rest: Partial<RunReport<Counts>> = {},
  ): RunReport<Counts> => ({
    command,
    runId,
    outcome,
    reason: null,
    startedAt: hostStart,
    finishedAt: new Date(),
    durationMs: Math.round(performance.now() - startMs),
    counts: nothingDone,
    holder: null,
    ...rest,
  });

  const db = deps.openDatabase(runId, command);
  let lock: LockAttempt;
  try {
    lock = await lockWithin(locking.waitMs, () =>
      deps.tryLock(command, runId, locking.shard ?? WHOLE_QUEUE),
    );
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    return report("unavailable", { reason: error.message });
  }
  if (isRefused(lock)) {
    return report("locked", { reason: describeRefusal(lock), holder: lock.holder });
  }
  const held = lock;
  try {
    checkSchemaVersion(held.migrations);
    const entry: LedgerEntry = { runId, command, version: deps.version, startedAt: held.startedAt };
    let begun = false;
    let countsSoFar = nothingDone;
    const run: Run<Counts> = {
      runId,
      lock: held,
      db,
      begin: async () => {
        await held.letGo();
        await openRun(db, entry);
        begun = true;
      },
      soFar: (counts) => (countsSoFar = counts),
    };
    const { counts, stop } = await work(run).catch(async (error: unknown) => {
      const known = stopFor(error);
      if (known !== null) return { counts: countsSoFar, stop: known };
      const bug = { outcome: "stopped", reason: "a bug in the tool", counts: {} } as const;
      if (begun) await closeRun(db, entry, bug);
      throw error;
    });
    const outcome = stop?.outcome ?? "completed";
    const reason = stop?.reason ?? null;
    // A run that changed nothing needs no second connection for its line in the ledger.
    const ledger = begun || held.lost.aborted ? db : held;
    const finishedAt = await closeRun(ledger, entry, {
      outcome,
      reason,
      counts: numbersOf(counts),
    });
    if (!held.lost.aborted) await held.commit();
    return report(outcome, { reason, startedAt: held.startedAt, finishedAt, counts });
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    // The ledger keeps a line without an end, as for a run that was killed.
    return report("unavailable", { reason: error.message, startedAt: held.startedAt });
  } finally {
    await held.release();
    await db.close();
  }
}

function stopFor(error: unknown): RunStop | null {
  if (error instanceof IdentityRefused) return { outcome: "refused", reason: error.message };
  if (error instanceof IdentityRateLimited) return { outcome: "stopped", reason: error.message };
  if (error instanceof IdentityUnavailable || error instanceof DatabaseUnavailable) {
    return { outcome: "unavailable", reason: error.message };
  }
  return null;
}

function numbersOf(counts: object): Record<string, number> {
  const numbers = Object.entries(counts).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers) as Record<string, number>;
}
