// What happens next to a job, as far as its own row shows.
import { INFINITY } from "./endless.ts";
import { whySkipped } from "./job.ts";

export interface JobOutlook {
  readonly status: string;
  readonly retryCount: number;
  readonly nextRetryAt: Date | null;
  readonly lastErrorCode: string | null;
  /** Waits for a run: pending, or failed with a next retry. */
  readonly waiting: boolean;
  readonly due: boolean;
  /** When the run that processes it must be done; null if no run holds it. */
  readonly leaseEndsAt: Date | null;
  /** The lease has ended without a result. */
  readonly abandoned: boolean;
  readonly erased: boolean;
}

export type NextStep =
  /** `at` is null for a job that was never scheduled: it is due since it was created. */
  | { readonly what: "try"; readonly at: Date | null; readonly due: boolean }
  /** The run that holds it settles it, or another run recovers it after `at`. */
  | { readonly what: "settle"; readonly at: Date | null }
  /** The next run recovers it from the run that died; possible since `at`. */
  | { readonly what: "rescue"; readonly at: Date | null }
  | { readonly what: "nothing"; readonly at: null; readonly why: NoNextStep };

/** `failed`: until someone requeues it; `erased`: a requeue is not possible. */
export type NoNextStep = "completed" | "canceled" | "erased" | "failed" | "never" | "left_alone";

export function nextStep(job: JobOutlook): NextStep {
  if (whySkipped(job.status, job.retryCount) !== null) return standstill("left_alone");
  if (job.status === "completed") return standstill("completed");
  if (job.status === "processing") {
    return { what: job.abandoned ? "rescue" : "settle", at: job.leaseEndsAt };
  }
  if (job.waiting) {
    const { nextRetryAt: at, due } = job;
    return at === INFINITY ? standstill("never") : { what: "try", at, due };
  }
  if (job.lastErrorCode === "canceled") return standstill("canceled");
  return standstill(job.erased ? "erased" : "failed");
}

function standstill(why: NoNextStep): NextStep {
  return { what: "nothing", at: null, why };
}
