// What the log says of a job that was settled: success to those who ask, trouble to everybody.
import type { Log } from "../report/log.ts";
import type { Settlement } from "../store/job-settle.ts";

export function logSettlement(log: Log, { jobId, outcome, durationMs }: Settlement): void {
  if (outcome.kind === "completed") {
    log("debug", outcome.adopted ? "account adopted" : "account created", { jobId, durationMs });
    return;
  }
  const { code, message, grpcCode, zitadelErrorId } = outcome.failure;
  const why = { jobId, durationMs, errorCode: code, grpcCode, zitadelErrorId, message };
  if (outcome.kind === "retry") {
    log("info", "job will be retried", {
      ...why,
      retryCount: outcome.retryCount,
      delayMs: outcome.delayMs,
    });
  } else if (outcome.kind === "failed") log("warn", "job failed", why);
  else log("debug", "job deferred", why);
}
