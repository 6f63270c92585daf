// What comes next for a job, and what somebody can do about it, in words.
import { adviceFor } from "../domain/cause.ts";
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
      return ["nothing: it failed for good", remedy(job), ...whoBearsIt(job)];
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

function remedy({ id, lastErrorCode: code }: ListedJob): string {
  const { suggestion, first } = adviceFor({ code, grpcCode: null, zitadelErrorId: null });
  if (suggestion === "add" && first === null) {
    return "requeueing it would fail again: `family-hub-jobs queue add` with what is right";
  }
  return `${first === null ? "" : `${first}: `}\`family-hub-jobs queue requeue ${id}\``;
}

/** Only Zitadel knows by now, and a name may have been freed since. */
function whoBearsIt({ id, lastErrorCode: code }: ListedJob): string[] {
  if (code !== "username_taken" && code !== "id_taken") return [];
  const what = code === "username_taken" ? "the name" : "the id";
  return [
    `who bears ${what}, and whether it is free by now: \`family-hub-jobs queue verify ${id}\``,
  ];
}
