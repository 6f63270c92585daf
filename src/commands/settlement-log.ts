// What the log says of a job that was settled: success to those who ask, trouble to everybody.
import type { Log } from "../report/log.ts";
import type { Settlement } from "../store/job-settle.ts";

export function logSettlement(log: Log, { jobId, outcome, durationMs }: Settlement): void {
  if (outcome.kind === "completed") {
    const found = outcome.adopted ? "adopted" : "created";
    const { note } = outcome;
    const said = note === null ? {} : { message: note };
    const level = note === null ? "debug" : "warn";
    log(level, `account ${found}`, { jobId, outcome: found, durationMs, ...said });
    return;
  }
  const { code, message, grpcCode, zitadelErrorId } = outcome.failure;
  const became = (name: string) => ({
    ...{ jobId, outcome: name, durationMs },
    ...{ errorCode: code, grpcCode, zitadelErrorId, message },
  });
  if (outcome.kind === "retry") {
    const { retryCount, delayMs } = outcome;
    log("info", "job will be retried", { ...became("retried"), retryCount, delayMs });
  } else if (outcome.kind === "failed") log("warn", "job failed", became("failed"));
  else log("debug", "job deferred", became("deferred"));
}
