// The ledger: which command ran when, where, how it ended and what it did.
import { hostname } from "node:os";
import type { RunStop } from "../domain/outcome.ts";
import type { Queryable } from "../postgres/database.ts";

export type LedgerOutcome = "completed" | RunStop["outcome"];

/** Begins the reason of a dry run. */
export const DRY_RUN = "dry run: nothing was changed";

export interface LedgerEntry {
  readonly runId: string;
  readonly command: string;
  readonly version: string;
  readonly startedAt: Date;
}

export interface LedgerEnding {
  readonly outcome: LedgerOutcome;
  readonly reason: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Written before the work, so that a run that dies leaves an entry without an end; again after parts of the
 * work. Its commit waits for the disk, also for what was committed before without waiting.
 */
export async function writeOpenRun(
  db: Queryable,
  entry: LedgerEntry,
  counts: LedgerEnding["counts"],
): Promise<void> {
  await db.query(
    `insert into family_hub_jobs.runs (run_id, command, host, pid, version, started_at, counts)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (run_id) do update set counts = excluded.counts`,
    [...opening(entry), JSON.stringify(counts)],
  );
}

/** @returns when the run ended, by the database's clock */
export async function closeRun(
  db: Queryable,
  entry: LedgerEntry,
  ending: LedgerEnding,
): Promise<Date> {
  const [row] = await db.query<{ finishedAt: Date }>(
    `insert into family_hub_jobs.runs
       (run_id, command, host, pid, version, started_at, finished_at, outcome, reason, counts)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8, $9)
     on conflict (run_id) do update
     set finished_at = excluded.finished_at,
         outcome = excluded.outcome,
         reason = excluded.reason,
         counts = excluded.counts
     returning finished_at as "finishedAt"`,
    [...opening(entry), ending.outcome, ending.reason, JSON.stringify(ending.counts)],
  );
  return row?.finishedAt ?? new Date();
}

function opening(entry: LedgerEntry): unknown[] {
  const host = hostname().slice(0, 255);
  return [entry.runId, entry.command, host, process.pid, entry.version, entry.startedAt];
}
