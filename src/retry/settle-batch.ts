// Settles a batch of jobs, even through outages of Postgres, except rows that it refuses and rows that are
// locked.
import { DatabaseBusy } from "../errors.ts";
import type { RetrySchedule } from "../domain/outcome.ts";
import type { Database } from "../postgres/database.ts";
import { settleJobs } from "./settle.sql.ts";
import { RowRefused, type Refusal } from "../postgres/row-refused.ts";
import type { Settlement } from "./settlement-row.ts";
import { findUnsettled, recordGone, type UnsettledState } from "./unsettled.sql.ts";
import { separateFaulty } from "../postgres/separate-refused.ts";
import { afterConflict, afterRefusal, refusalFor, withNote } from "./settle-otherwise.ts";
import { withReconnect } from "../postgres/with-reconnect.ts";

export interface SettleDependencies {
  readonly db: Database;
  readonly runId: string;
  readonly emailDomain: string;
  readonly schedule: RetrySchedule;
  onSettled(settlement: Settlement): void;
  /** Another run took the job over after our lease: nothing was stored. */
  onLost(jobId: string): void;
  /** The job was deleted after it was claimed: only an attempt is stored, if Zitadel was asked. */
  onGone(settlement: Settlement): void;
}

export interface Unsettled {
  /** Locked by another session and unchanged: to be tried again. */
  readonly locked: readonly Settlement[];
  /** The result that was refused first; jobs whose other results were refused, too, are unchanged. */
  readonly refused: readonly Refusal[];
}

/** @throws DatabaseUnavailable, or any other error that is no row's fault, such as a missing privilege */
export async function settleBatch(
  batch: readonly Settlement[],
  deps: SettleDependencies,
): Promise<Unsettled> {
  const { db, runId, emailDomain } = deps;
  const locked: Settlement[] = [];
  const refused = new Map<string, Refusal>();
  for (let todo = batch; todo.length > 0;) {
    const [otherwise, missing]: [Settlement[], Settlement[]] = [[], []];
    let doubtful = false;

    const settle = async (part: readonly Settlement[]) => {
      const work = () => settleJobs(db, runId, emailDomain, part);
      const { value, repeated } = await withReconnect(work);
      doubtful ||= repeated;
      for (const settlement of part) {
        const { id } = settlement.job;
        const [drift, conflict] = [value.settled.get(id), value.conflicting.get(id)];
        if (drift !== undefined) deps.onSettled(withNote(settlement, drift));
        else if (conflict !== undefined) otherwise.push(afterConflict(settlement, conflict));
        else missing.push(settlement);
      }
    };

    for (const { row, error } of await separateFaulty(todo, idOf, settle, concernsOneRow)) {
      if (!(error instanceof RowRefused)) {
        locked.push(row);
        continue;
      }
      const { id } = row.job;
      // The replacement may be refused, too: the first constraint is the cause.
      if (!refused.has(id)) refused.set(id, refusalFor(error, row.job));
      const next = afterRefusal(row, error, deps.schedule);
      if (next !== null) otherwise.push(next);
    }
    locked.push(...(await explainMissing(missing, doubtful, deps)));
    todo = otherwise;
  }
  return { locked, refused: [...refused.values()] };
}

function idOf({ job }: Settlement): string {
  return job.id;
}

function concernsOneRow(error: unknown): error is RowRefused | DatabaseBusy {
  return error instanceof RowRefused || error instanceof DatabaseBusy;
}

/**
 * @param doubtful a statement whose answer was lost may have settled them
 * @returns those that are locked
 */
async function explainMissing(
  missing: readonly Settlement[],
  doubtful: boolean,
  deps: SettleDependencies,
): Promise<readonly Settlement[]> {
  if (missing.length === 0) return [];
  const { db, runId } = deps;
  const { value: states } = await withReconnect(() => findUnsettled(db, runId, missing.map(idOf)));
  const inState = (state: UnsettledState) =>
    missing.filter(({ job }) => states.get(job.id) === state);

  for (const settlement of inState("settled")) deps.onSettled(settlement);
  for (const settlement of inState("lost")) {
    // A release leaves no attempt to recognize it by; it is released, no matter who holds the job now.
    if (doubtful && settlement.durationMs === null) deps.onSettled(settlement);
    else deps.onLost(settlement.job.id);
  }
  const gone = inState("gone");
  const asked = gone.filter(({ durationMs }) => durationMs !== null);
  if (asked.length > 0) await withReconnect(() => recordGone(db, runId, asked));
  for (const settlement of gone) deps.onGone(settlement);
  return inState("held");
}
