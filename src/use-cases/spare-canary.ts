// The job with which a run makes sure that an outage is over: it is not to blame when it is not.
import { isUpstreamFault } from "../domain/upstream-health.ts";
import type { ClaimedJob } from "../domain/job.ts";
import type { AttemptResult } from "../domain/outcome.ts";
import { wasDeferredSince, type Breaker } from "../store/breaker-store.ts";
import type { Queryable } from "../store/database.ts";

/** The next run makes sure with another job, where there is one. */
const PUT_OFF_MS = 60_000;

/**
 * Charged to nobody once an outage. A job that meets a fault again may be its cause, and is charged:
 * otherwise a poisonous one would be tried for ever.
 */
export async function spareCanary(
  db: Queryable,
  job: ClaimedJob,
  result: AttemptResult,
  breaker: Breaker,
): Promise<AttemptResult> {
  const since = breaker.openedAt;
  if (result.kind !== "transient" || !isUpstreamFault(result) || since === null) return result;
  if (await wasDeferredSince(db, job.id, since)) return result;
  return { kind: "blameless", failure: result.failure, retryAfterMs: PUT_OFF_MS, stop: null };
}
