// Every scheduled command from its lock to its report; run-frame.ts has the work itself.
import { randomUUID } from "node:crypto";
import type { RunStop } from "../domain/outcome.ts";
import { describeRefusal, isRefused, lockWithin, type LockAttempt } from "../lock/lock-attempt.ts";
import { type LockName, type Shard, WHOLE_QUEUE } from "../postgres/lock-keys.ts";
import type { LockHolder } from "../lock/lock-holder.ts";
import type { Database } from "../postgres/database.ts";
import { DRY_RUN, type LedgerEntry } from "./ledger.sql.ts";
import type { ChangingCommand } from "../queue-table/needed-privileges.sql.ts";
import { checkRowSecurity } from "../queue-table/row-security.sql.ts";
import { checkSchemaVersion } from "../queue-table/schema.sql.ts";
import { workInFrame, type Run, type WorkResult } from "./run-frame.ts";
import type { IncidentUpdate } from "./incident-update.ts";
import { stopFor } from "./run-stop.ts";
import type { Tracer } from "../tracing.ts";

export interface RunReport<Counts> {
  readonly command: string;
  readonly runId: string;
  readonly outcome: "completed" | "locked" | RunStop["outcome"];
  readonly reason: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly counts: Counts;
  /** The holder of the lock, if the outcome is `locked` and the role may see it. */
  readonly holder: LockHolder | null;
  /** Lines of log and output that could not be written so far. */
  readonly linesLost: number;
  /** What a quiet run reports about a lasting incident. */
  readonly incident: IncidentUpdate | null;
}

export interface RunDependencies {
  tryLock(name: LockName, runId: string, shard: Shard): Promise<LockAttempt>;
  openDatabase(runId: string, command: string): Database;
  readonly version: string;
  /** Lines of log and output that could not be written so far. */
  readonly linesLost: () => number;
  /** See `Frame`. */
  readonly quiet: boolean;
  readonly tracer: Tracer;
  /** Called when the lock is held and the work begins. */
  onLocked(runId: string): void;
}

export interface Locking {
  /** How long to wait for a held lock before giving up. */
  readonly waitMs: number;
  /** The shard that the lock is for. */
  readonly shard?: Shard;
  /** Aborted by SIGTERM or SIGINT, with its name as the reason. */
  readonly interrupted: AbortSignal;
  /** The report and the ledger state that nothing was changed. */
  readonly dryRun?: boolean;
}

/** @throws ExpectedError if a run is impossible; the report has the reason of an early end */
export async function withRun<Counts extends object>(
  command: ChangingCommand,
  nothingDone: Counts,
  locking: Locking,
  deps: RunDependencies,
  work: (run: Run<Counts>) => Promise<WorkResult<Counts>>,
): Promise<RunReport<Counts>> {
  const runId = randomUUID();
  const startMs = performance.now();
  const elapsedMs = () => performance.now() - startMs;
  const report = reporter(command, runId, nothingDone, elapsedMs, deps.linesLost);

  let lock: LockAttempt;
  try {
    const shard = locking.shard ?? WHOLE_QUEUE;
    const take = () =>
      lockWithin(locking.waitMs, () => deps.tryLock(command, runId, shard), locking.interrupted);
    lock = await deps.tracer.step("take the lock", { table: "pg_locks" }, take);
  } catch (error) {
    const stop = stopFor(error);
    if (stop === null) throw error;
    return report(stop);
  }
  if (isRefused(lock)) {
    const { aborted, reason } = locking.interrupted;
    const tried = { startedAt: lock.at, finishedAt: lock.at };
    if (aborted) return report({ ...tried, outcome: "interrupted", reason: String(reason) });
    const { holder } = lock;
    return report({ ...tried, outcome: "locked", reason: describeRefusal(lock), holder });
  }
  deps.onLocked(runId);
  const db = deps.openDatabase(runId, command);
  const entry: LedgerEntry = { runId, command, version: deps.version, startedAt: lock.startedAt };
  const completed = locking.dryRun === true ? DRY_RUN : null;
  const frame = {
    lock,
    db,
    entry,
    elapsedMs,
    completed,
    linesLost: deps.linesLost,
    quiet: deps.quiet,
  };
  try {
    checkSchemaVersion(lock.migrations);
    const ending = await workInFrame(frame, nothingDone, async (run) => {
      await checkRowSecurity(lock, lock.mayHideRows, command);
      return work(run);
    });
    return report(ending);
  } finally {
    await lock.release();
    await db.close();
  }
}

/** Fills in what is missing, by the host's clock if Postgres did not answer. */
function reporter<Counts>(
  command: string,
  runId: string,
  nothingDone: Counts,
  elapsedMs: () => number,
  linesLost: () => number,
) {
  const startedAt = new Date();
  return (
    ending: Partial<RunReport<Counts>> & Pick<RunReport<Counts>, "outcome" | "reason">,
  ): RunReport<Counts> => ({
    command,
    runId,
    startedAt,
    finishedAt: new Date(),
    durationMs: Math.round(elapsedMs()),
    counts: nothingDone,
    holder: null,
    linesLost: linesLost(),
    incident: null,
    ...ending,
  });
}
