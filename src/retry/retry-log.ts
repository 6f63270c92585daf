// The log of a working run: successes at level debug, problems at every level.
import { describeLocker, type RowLocker } from "../queue-table/row-locker.sql.ts";
import type { Log } from "../terminal/log.ts";
import type { QueueDependencies } from "./queue-request.ts";
import type { Settlement } from "./settlement-row.ts";

type Events = Pick<
  QueueDependencies,
  "onSettled" | "onStop" | "onLost" | "onGone" | "onRowLocked" | "onUnwritten"
>;

export function logEvents(log: Log): Events {
  return {
    onSettled: (settlement) => logSettlement(log, settlement),
    onStop: ({ outcome, reason }) =>
      log("info", "stopping: no further job is started, calls in flight are finished", {
        outcome,
        reason,
      }),
    onLost: (jobId) =>
      log("warn", "job no longer held: another run took it over, or its claim was undone", {
        jobId,
      }),
    onGone: (settlement) => logGone(log, settlement),
    onRowLocked: (jobId, by) => logRowLocked(log, jobId, by),
    onUnwritten: (reason) =>
      log("warn", "Zitadel's state could not be recorded for the next runs", { reason }),
  };
}

function logSettlement(log: Log, { job, outcome, durationMs }: Settlement): void {
  const jobId = job.id;
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

/** The account, if there is one, has no user row, and keeps its username. */
function logGone(log: Log, { job, outcome, durationMs }: Settlement): void {
  const jobId = job.id;
  // If a run died over it, its account may exist, and only this line says so.
  if (durationMs === null) return log("info", "job deleted before it was tried", { jobId });
  const found =
    outcome.kind === "completed"
      ? { zitadelUserId: outcome.zitadelUserId }
      : { errorCode: outcome.failure.code, message: outcome.failure.message };
  log("error", "job deleted while Zitadel created its account: the account has no user row", {
    ...{ jobId, durationMs, ...found },
  });
}

function logRowLocked(log: Log, jobId: string, by: RowLocker | null): void {
  const reason = describeLocker(by);
  log("warn", "row of a job is locked: the other jobs are settled first", { jobId, reason });
}
