// The result of trying to take a lock, and trying again until a time limit.
import type { Queryable } from "../postgres/database.ts";
import type { LockName } from "../postgres/lock-keys.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { hangsFor, type LockHolder } from "./lock-holder.ts";

export interface HeldLock extends Queryable {
  /** Database time when the lock's transaction began. */
  readonly startedAt: Date;
  readonly migrations: readonly string[];
  /** Tables and views of FamilyHub and the tool that may hide rows from the role: `row-security.sql.ts`. */
  readonly mayHideRows: readonly string[];
  /** Aborted when the lock is lost: another run may hold it from then on. */
  readonly lost: AbortSignal;
  /** Commits what was written through this lock's own transaction, and releases it. */
  commit(): Promise<void>;
  release(): Promise<void>;
  /**
   * Undoes what was read and written through this lock, and so releases the snapshot and the table locks.
   * Call this before holding the lock for long: otherwise a migration of FamilyHub's waits for those locks,
   * and every insert of the API behind it.
   */
  releaseSnapshot(): Promise<void>;
}

export interface RefusedLock {
  readonly held: false;
  readonly lock: LockName;
  /** null if it was released in between, or if the role may not see it. */
  readonly holder: LockHolder | null;
  /** Database time of the try. */
  readonly at: Date;
}

export type LockAttempt = HeldLock | RefusedLock;

export function isRefused(attempt: LockAttempt): attempt is RefusedLock {
  return "held" in attempt;
}

/** Of a holder that is not a run of this tool. */
export const NO_RUN =
  "which is not a run of this tool (it holds the lock outside a transaction, as another application with the same keys would)";

export function describeRefusal({ lock, holder }: RefusedLock): string {
  const who = holder?.applicationName ?? "another process";
  const ageMs = holder?.ageMs ?? null;
  const since = ageMs === null || holder?.foreign ? "" : ` for ${Math.round(ageMs / 1000)} s`;
  const hungMs = holder === null ? null : hangsFor(holder);
  const lease =
    hungMs === null
      ? ""
      : `; its leases ended ${Math.round(hungMs / 1000)} s ago: it hangs, or its host is gone`;
  const foreign = holder?.foreign === true ? `, ${NO_RUN}` : "";
  return `the ${lock} lock is held by ${who}${foreign}${since}${lease}`;
}

const WAIT_STEP_MS = 500;

/** Tries until it succeeds, the time is over (0 tries once) or the signal is aborted. */
export async function lockWithin(
  waitMs: number,
  tryLock: () => Promise<LockAttempt>,
  interrupted?: AbortSignal,
): Promise<LockAttempt> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const attempt = await tryLock();
    const leftMs = untilMs - performance.now();
    if (!isRefused(attempt) || leftMs <= 0 || interrupted?.aborted === true) return attempt;
    await sleep(
      Math.min(WAIT_STEP_MS, leftMs),
      undefined,
      interrupted && { signal: interrupted },
    ).catch(() => undefined);
  }
}
