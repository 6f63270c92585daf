// What comes next for a job, and what somebody can do about it, in words.
import type { ErrorCode } from "../domain/failure.ts";
import { whyLeftAlone } from "../domain/job.ts";
import type { NextStep } from "../domain/next-step.ts";
import type { ListedJob } from "../store/queue-list.ts";

/** One line, and those below it. */
export function describeNext(next: NextStep, job: ListedJob, retries: number): string[] {
  switch (next.what) {
    case "try":
      return [
        next.due
          ? `${tryOf(job, retries)} is due: the next retry-accounts makes it, if its key is in the ring`
          : `${tryOf(job, retries)}, by the first retry-accounts after this time`,
      ];
    case "settle":
      return [
        "whoever holds it says how the attempt ends",
        "if that one dies, the first retry-accounts after this time takes the job back",
      ];
    case "rescue":
      return ["its lease is over: the next retry-accounts that reaches Zitadel takes the job back"];
    case "nothing":
      return standstill(next.why, job);
    default:
      return next satisfies never;
  }
}

function tryOf({ retryCount }: ListedJob, retries: number): string {
  if (retryCount === 0) return "the first attempt";
  const last = retryCount >= retries ? ", the last one" : "";
  return `retry ${retryCount} of ${retries}${last}`;
}

function standstill(why: Extract<NextStep, { what: "nothing" }>["why"], job: ListedJob): string[] {
  const anew = "`family-hub-jobs queue add` queues the account anew";
  switch (why) {
    case "completed":
      return ["nothing: it is done"];
    case "canceled":
      return ["nothing: it is canceled and its password erased", anew];
    case "erased":
      return ["nothing: it failed for good and its password is erased", anew];
    case "failed":
      return ["nothing: it failed for good", adviceFor(job)];
    case "never":
      return [
        "nothing: its next try is never",
        `give it up with \`family-hub-jobs queue cancel ${job.id}\`, or set next_retry_at`,
      ];
    case "left_alone":
      return [
        `nothing: ${whyLeftAlone(job.status, job.retryCount)}`,
        "put the row right in the database",
      ];
    default:
      return why satisfies never;
  }
}

/** What must be so before a requeue helps; codes that are not here need nothing. */
const FIRST: Partial<Record<ErrorCode, string>> = {
  unavailable: "once Zitadel is well",
  timeout: "once Zitadel is well",
  internal: "once Zitadel is well",
  unknown: "once Zitadel is well",
  interrupted: "once it is known what killed the runs",
  username_taken: "once the username is free",
  id_taken: "once the account in Zitadel with this id is gone",
};

function adviceFor({ id, lastErrorCode }: ListedJob): string {
  if (lastErrorCode === "invalid_argument" || lastErrorCode === "undecryptable") {
    return "requeueing it would fail again: `family-hub-jobs queue add` with what is right";
  }
  const first = FIRST[lastErrorCode as ErrorCode];
  return `${first === undefined ? "" : `${first}: `}\`family-hub-jobs queue requeue ${id}\``;
}
