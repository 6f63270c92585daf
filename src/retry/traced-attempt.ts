// The span of one attempt: its job, its result, and a link to the API's request that queued the job.
import type { ClaimedJob } from "../domain/job.ts";
import type { Span, Tracer } from "../tracing.ts";
import { outcomeName, type Settlement } from "./settlement-row.ts";

type Untraced = Omit<Settlement, "traceparent">;

/**
 * @param attempt null if the result is undecided
 * @returns its result, with the trace context for the history
 */
export function tracedAttempt(
  tracer: Tracer,
  name: string,
  job: ClaimedJob,
  attempt: () => Promise<Untraced | null>,
): Promise<Settlement | null> {
  const attributes = {
    "family_hub_jobs.job_id": job.id,
    "family_hub_jobs.retry_count": job.retryCount,
  };
  return tracer.step(name, { attributes, link: job.traceparent }, async (span) => {
    const made = await attempt();
    if (made === null) return null;
    describe(span, made);
    return { ...made, traceparent: span.traceparent };
  });
}

/** Without messages, which may quote the username. */
function describe(span: Span, { outcome }: Untraced): void {
  span.set({ "family_hub_jobs.outcome": outcomeName(outcome) });
  if (outcome.kind !== "completed") span.fail(outcome.failure.code);
}
