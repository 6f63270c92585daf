// Runs the work of a command under its lock, and records in the ledger how it ended.
import type { RunStop } from "../domain/outcome.ts";
import { DatabaseUnavailable, ExpectedError } from "../errors.ts";
import type { HeldLock } from "../lock/lock-attempt.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import {
  closeRun,
  writeOpenRun,
  type LedgerEnding,
  type LedgerEntry,
  type LedgerOutcome,
} from "./ledger.sql.ts";
import { MISSING_KEYS, readIncident, type Trouble } from "./incident.sql.ts";
import { incidentUpdate, type IncidentUpdate } from "./incident-update.ts";
import { stopFor } from "./run-stop.ts";
import { OUT_OF_TIME } from "./stop-conditions.ts";

export interface Run<Counts = unknown> {
  readonly runId: string;
  readonly lock: HeldLock;
  readonly db: Database;
  /**
   * Records the run in the ledger before it changes anything.
   * @param counts what later runs should know if it dies
   */
  begin(counts?: Readonly<Record<string, number>>): Promise<void>;
  /**
   * Records in the ledger what is done so far. From then on a crash of Postgres loses none of it. Behind a pooler,
   * a crash between the last batch and this call may lose that batch: the run then ends, as its lock is lost.
   */
  record(counts: Counts): Promise<void>;
  /**
   * The rest of --max-duration, which counts from when the process began to wait for its lock: a slow start
   * must not delay the end into the next run's time.
   */
  timeLeftMs(maxDurationMs: number | null): number | null;
  /** The counts to report if the work ends with an error from here on. */
  soFar(counts: Counts): void;
}

export interface WorkResult<Counts> {
  readonly counts: Counts;
  /** null if all the work was done. */
  readonly stop: RunStop | null;
  /** A remark on a completed run, for example about rows that it could not process. */
  readonly remark?: string | null;
}

export interface Frame {
  readonly lock: HeldLock;
  readonly db: Database;
  readonly entry: LedgerEntry;
  readonly elapsedMs: () => number;
  /** The reason of a run that did all its work. */
  readonly completed: string | null;
  readonly linesLost: () => number;
  /** An incident over many runs is reported once an hour. */
  readonly quiet: boolean;
}

/** How the work ended, for the ledger. */
export interface Ending<Counts> {
  readonly startedAt: Date;
  /** By the database's clock; missing if Postgres became unavailable before it was recorded. */
  readonly finishedAt?: Date;
  readonly outcome: LedgerOutcome;
  readonly reason: string | null;
  readonly counts: Counts;
  /** null unless the run is quiet and has something to report. */
  readonly incident?: IncidentUpdate | null;
}

/** @throws unexpected errors; the ledger has their message, or calls them a bug */
export async function workInFrame<Counts extends object>(
  { lock, db, entry, elapsedMs, completed, linesLost, quiet }: Frame,
  nothingDone: Counts,
  work: (run: Run<Counts>) => Promise<WorkResult<Counts>>,
): Promise<Ending<Counts>> {
  let begun = false;
  let done: WorkResult<Counts> = { counts: nothingDone, stop: null };
  const run: Run<Counts> = {
    runId: entry.runId,
    lock,
    db,
    timeLeftMs: (maxDurationMs) =>
      maxDurationMs === null ? null : Math.max(0, maxDurationMs - elapsedMs()),
    begin: async (counts = {}) => {
      await lock.releaseSnapshot();
      await writeOpenRun(db, entry, counts);
      begun = true;
    },
    record: (counts) => writeOpenRun(db, entry, numbersOf(counts)),
    soFar: (counts) => (done = { ...done, counts }),
  };
  try {
    done = await work(run);
  } catch (error) {
    const stop = stopFor(error);
    if (stop === null) {
      const reason = error instanceof ExpectedError ? error.message : BUG;
      const broken = { outcome: "stopped", reason, counts: numbersOf(done.counts) } as const;
      if (begun) await closeRun(db, entry, broken).catch(() => undefined);
      throw error;
    }
    done = { ...done, stop };
  }
  const { counts, stop, remark } = done;
  const ending = {
    outcome: stop?.outcome ?? "completed",
    reason: stop === null ? (remark ?? completed) : stop.reason,
    // If the log is on a full disk, the ledger can still show that.
    counts: numbersOf({ ...counts, ...(linesLost() > 0 && { linesLost: linesLost() }) }),
  } as const;
  const seen = { startedAt: lock.startedAt, counts } as const;
  try {
    // A run that changed nothing needs no second connection for the ledger.
    const own = begun || lock.lost.aborted ? db : lock;
    const incident = quiet ? await readIncidentUpdate(own, entry, ending) : null;
    const finishedAt = await closeRun(own, entry, ending);
    if (!begun && !lock.lost.aborted) await lock.commit();
    return { ...seen, outcome: ending.outcome, reason: ending.reason, finishedAt, incident };
  } catch (error) {
    // The work is done and is reported; the ledger's entry stays without an end.
    if (!(error instanceof DatabaseUnavailable)) throw error;
    const outcome = stop?.outcome ?? "unavailable";
    return { ...seen, outcome, reason: stop?.reason ?? error.message };
  }
}

async function readIncidentUpdate(
  db: Queryable,
  entry: LedgerEntry,
  ending: LedgerEnding,
): Promise<IncidentUpdate | null> {
  const trouble = troubleOf(ending);
  const { due, claimed } = ending.counts;
  const says = trouble !== null || (ending.outcome === "completed" && (due !== 0 || claimed !== 0));
  return says
    ? incidentUpdate(trouble, await readIncident(db, entry, trouble), entry.startedAt)
    : null;
}

/** The same as `readIncident` reads from the ledger. */
function troubleOf({ outcome, reason }: LedgerEnding): Trouble | null {
  if (outcome === "unavailable" || outcome === "refused") return outcome;
  if (outcome === "stopped") return reason === OUT_OF_TIME.reason ? "backlog" : "stopped";
  return reason?.startsWith(MISSING_KEYS) === true ? "missing keys" : null;
}

const BUG = "a bug in the tool";

/** The counts that are numbers: only these are kept in the ledger. */
export function numbersOf(counts: object): Record<string, number> {
  const numbers: [string, number][] = Object.entries(counts).flatMap(([name, value]) =>
    typeof value === "number" ? [[name, value]] : [],
  );
  return Object.fromEntries(numbers);
}
