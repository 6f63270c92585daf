// What is known to prevent the due jobs from being processed.
import { OBSTACLES, type Obstacle } from "../../domain/forecast.ts";
import type { MissingKeys } from "../../queue-table/missing-keys.ts";
import { lastSign, type ListedRun } from "../../runs/runs.sql.ts";
import type { WorkingRun } from "../../runs/working-runs.sql.ts";

const FAILED: ReadonlySet<string> = new Set(["refused", "unavailable"]);

/** A minute is the usual interval. */
const SCHEDULE_STOPPED_MS = 15 * 60_000;

/** Runs that find the lock held are not recorded: then it is unknown whether runs are scheduled. */
export function obstaclesOf(found: {
  now: Date;
  paused: boolean;
  halted: boolean;
  keys: MissingKeys;
  newest: ListedRun | undefined;
  workingRuns: readonly WorkingRun[];
  lockHeldBy: string | null;
}): Obstacle[] {
  const { now, keys, newest, workingRuns, lockHeldBy } = found;
  const idle = newest === undefined || now.getTime() - lastSign(newest) > SCHEDULE_STOPPED_MS;
  const isSo: Readonly<Record<Obstacle, boolean>> = {
    run_hangs: workingRuns.some(({ hangs }) => hangs),
    lock_held: lockHeldBy !== null,
    queue_paused: found.paused,
    zitadel_unwell: found.halted,
    last_run_failed: !found.halted && newest !== undefined && FAILED.has(newest.outcome),
    key_missing: Object.keys(keys.jobs ?? {}).length > 0,
    no_run_begins: idle && workingRuns.length === 0 && lockHeldBy === null,
  };
  return OBSTACLES.filter((name) => isSo[name]);
}
