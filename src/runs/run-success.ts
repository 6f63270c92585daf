// Whether a run counts as a success, for metrics and pings alike.
import { outcomesOf, type WatchedCommand } from "../domain/run-outcomes.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { OUT_OF_TIME } from "./stop-conditions.ts";
import type { RunReport } from "./run.ts";

/**
 * A run that ended with 0. Also one that --max-duration stopped after it had done something: while
 * there is a backlog every run ends so, all is well, and "nothing succeeded for five minutes" must
 * not wake anybody; `oldest_due_age_seconds` tells of a backlog. One that ran out of time before it did
 * anything is no success: a database too slow to begin with would look healthy for ever.
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
 * One that another run kept off has not run: the other's numbers stay as they are, and a dead-man
 * switch hears from the other.
 * @param begun whether it ever held its lock
 */
export function hasRun({ outcome }: RunReport<object>, begun: boolean): boolean {
  return outcome !== "locked" && (outcome !== "interrupted" || begun);
}
