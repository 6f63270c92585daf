// What the next attempt will do, what follows if it fails, and what a requeue would change.
import { formatDuration } from "../../config/units.ts";
import { adviceFor, type Cause } from "../../domain/cause.ts";
import { whySkipped } from "../../domain/job.ts";
import type { JobFacts } from "./facts.ts";
import { retryOf } from "./reason.ts";

/** Whole sentences, as in a Reason. */
export function nextTry(facts: JobFacts): string {
  const { step, job } = facts;
  switch (step.what) {
    case "nothing":
      if (step.why === "completed") return "None: nothing is left to do.";
      return step.why === "failed" ? "None, unless you requeue it." : "None.";
    case "settle":
      return "The run that holds the job reports how the attempt ends.";
    case "rescue":
      return rescued(facts);
    case "try":
      return `${attempt(job.retryCount, facts)} ${ifItFails(job.retryCount, facts)}`.trim();
    default:
      return step satisfies never;
  }
}

/** A dead run may have created the account; without retries left, the account is not created again. */
function rescued(facts: JobFacts): string {
  const { job, schedule } = facts;
  const of = schedule.delaysMs.length;
  if (job.retryCount >= of) {
    return (
      `The run asks Zitadel for the account and creates none, because all ${of} retries are used up: ` +
      "if the account exists, the run adopts it; otherwise the job fails permanently."
    );
  }
  const retry = job.retryCount + 1;
  return `Recovering the job uses up ${retryOf(retry, schedule)}, which is due at once. ${attempt(retry, facts)} ${ifItFails(retry, facts)}`.trim();
}

function attempt(retryCount: number, facts: JobFacts): string {
  const { schedule, invalidity, password, missingKey } = facts;
  const all = schedule.delaysMs.length + 1;
  const number = retryCount < all ? `Attempt ${retryCount + 1} of ${all}` : "One more attempt";
  if (invalidity !== null)
    return `${number} fails permanently without asking Zitadel: ${invalidity.message}.`;
  if (password === "erased")
    return `${number} fails permanently without asking Zitadel: there is no password.`;
  if (missingKey !== null)
    return `${number} waits until the key "${missingKey}" is in the ring; runs before then use up no retry.`;
  const create = `${number} asks Zitadel to create the account with the job's ID.`;
  if (!mayExist(facts)) return create;
  return `${create} An earlier attempt may have done so: then Zitadel refuses the ID, and the run asks for that account and adopts it.`;
}

/** After these errors it is unknown whether the account exists. */
const UNCLEAR = ["unavailable", "timeout", "internal", "unknown", "interrupted"];

function mayExist({ attempts, step }: JobFacts): boolean {
  return (
    step.what === "rescue" || attempts.some(({ errorCode }) => UNCLEAR.includes(errorCode ?? ""))
  );
}

function ifItFails(retryCount: number, facts: JobFacts): string {
  const { schedule, invalidity, password, missingKey } = facts;
  if (invalidity !== null || password === "erased" || missingKey !== null) return "";
  const delayMs = schedule.delaysMs[retryCount];
  if (delayMs === undefined) {
    return "It is the last one: unless it succeeds, the job fails permanently and its creator is notified.";
  }
  const wait = formatDuration(delayMs);
  return `If Zitadel fails, ${retryOf(retryCount + 1, schedule)} follows ${wait} later; if Zitadel refuses, the job fails permanently.`;
}

export interface RequeueEffect {
  readonly possible: boolean;
  readonly text: string;
}

/** The same conditions as in `queue requeue`. */
export function ifRequeued(facts: JobFacts): RequeueEffect {
  const { job, password, schedule } = facts;
  const refusal = refused(facts);
  if (refusal !== null)
    return { possible: false, text: `\`queue requeue\` changes nothing: ${refusal}.` };
  const retries = schedule.delaysMs.length;
  const unsure = password === "unknown" ? ", if its password is still there" : "";
  const effect = `\`fhj queue requeue ${job.id}\` makes it due at once${unsure}, with all ${retries} retries again.`;
  const sentences = [effect, caveat(facts), whoHasIt(job)];
  return { possible: true, text: sentences.filter((sentence) => sentence !== "").join(" ") };
}

/** Only Zitadel knows this, and the name may have been freed since. */
function whoHasIt({ id, lastErrorCode: code }: JobFacts["job"]): string {
  if (code !== "username_taken" && code !== "id_taken") return "";
  const what = code === "username_taken" ? "username" : "ID";
  return `\`fhj queue verify ${id}\` shows who has the ${what} now.`;
}

function caveat(facts: JobFacts): string {
  const { suggestion, first, advice } = adviceFor(causeOf(facts), facts.job.lastErrorMessage);
  if (first === null) return suggestion === "add" ? `But ${advice}.` : "";
  return suggestion === "requeue"
    ? `Requeue it ${first}.`
    : `Requeue it only ${first}; otherwise it fails again.`;
}

function refused({ job, password }: JobFacts): string | null {
  const leftAlone = whySkipped(job.status, job.retryCount);
  if (leftAlone !== null) return leftAlone;
  switch (job.status) {
    case "pending":
      return `it is already pending; \`fhj retry-accounts --job ${job.id}\` tries it at once`;
    case "processing":
      return "a run holds it";
    case "completed":
      return "it is already completed";
    default:
      return password === "erased"
        ? "its password has been erased; `queue add` queues the account again"
        : null;
  }
}

/** Grouped as in `queue errors`. */
function causeOf({ job, attempts }: JobFacts): Cause {
  const code = job.lastErrorCode;
  const last = attempts.findLast(
    ({ outcome, errorCode }) => outcome !== "deferred" && errorCode !== null,
  );
  return last?.errorCode === code
    ? { code, grpcCode: last.grpcCode, zitadelErrorId: last.zitadelErrorId }
    : { code, grpcCode: null, zitadelErrorId: null };
}
