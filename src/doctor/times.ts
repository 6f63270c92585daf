// Checks for times in the future that no run sets: a clock was wrong for a moment.
import { findTimesAhead } from "./times.sql.ts";
import { ok, warn, type Check, type Finding } from "./check.ts";
import { plural } from "./advice.ts";

const DAY_MS = 86_400_000;

/** Longer than all delays between attempts, if these are short. */
const SHORTEST_HORIZON_MS = 30 * DAY_MS;

export const TIMES: Check = {
  name: "times",
  group: "Runs",
  settings: ["retry"],
  needs: ["tables"],
  look: async (context) => {
    const { leaseMs, schedule } = context.setting("retry");
    const horizonMs = Math.max(SHORTEST_HORIZON_MS, 2 * Math.max(...schedule.delaysMs));
    const found = await findTimesAhead(await context.postgres(), leaseMs, horizonMs);
    const { pausedUntil, leases, tries } = found;
    const findings: Finding[] = [];
    if (pausedUntil !== null)
      findings.push(
        warn(
          `the breaker is paused until ${pausedUntil.toISOString()}, which no run sets: a clock was wrong`,
          "nothing to do: runs wait at most an hour after its last change",
        ),
      );
    if (leases.jobs > 0)
      findings.push(
        warn(
          `${plural(leases.jobs, "job")} under a lease${until(leases.latest)}, which no run sets: a clock was wrong`,
          "nothing to do: `retry-accounts` recovers them when RETRY_LEASE has passed since their last change",
        ),
      );
    if (tries.jobs > 0)
      findings.push(
        warn(
          `${plural(tries.jobs, "job")} whose next attempt is far in the future, the last at ${tries.latest?.toISOString()}: ` +
            "unless someone set that on purpose, a clock was wrong",
          "to try one now: `family-hub-jobs retry-accounts --job ID`; " +
            "`family-hub-jobs queue list --status pending` shows them",
        ),
      );
    return findings.length > 0 ? findings : ok("none is too far ahead");
  },
};

function until(latest: Date | null): string {
  return latest === null ? " without end" : ` until ${latest.toISOString()}`;
}
