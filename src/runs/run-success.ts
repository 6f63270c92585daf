// Whether a run counts as a success, for metrics and pings.
import { outcomesOf, type WatchedCommand } from "../domain/run-outcomes.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { OUT_OF_TIME } from "./stop-conditions.ts";
import type { RunReport } from "./run.ts";

/**
 * A run that ended with 0, or that --max-duration stopped after it had done something: with a backlog every
 * run ends this way, and must not wake anybody; `oldest_due_age_seconds` shows the backlog. A run that ran
 * out of time before it did anything is no success: otherwise a slow database would look healthy for ever.
 */
export function isSuccess(
  command: WatchedCommand,
  { outcome, reason, counts }: RunReport<object>,
  code: ExitCode,
): boolean {
  if (outcome === "completed" || outcome === "paused") return code === EXIT.ok;
  const outOfTime = outcome === OUT_OF_TIME.outcome && reason === OUT_OF_TIME.reason;
  return outOfTime && Object.values(outcomesOf(command, counts)).some((number) => number > 0);
}

/**
 * A run that did not get its lock has not run: the holder's metrics stay, and the holder sends the pings.
 * @param begun whether it ever held its lock
 */
export function hasRun({ outcome }: RunReport<object>, begun: boolean): boolean {
  return outcome !== "locked" && (outcome !== "interrupted" || begun);
}
