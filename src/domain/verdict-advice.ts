// What an operator should do about a verified job, in the same words as `queue errors`.
import { adviceFor, wasIdRefused, type Advice, type Cause } from "./cause.ts";
import { whySkipped } from "./job.ts";
import { DIFFERENCES, type AccountLookup, type Difference } from "./account-lookup.ts";

export interface JudgedJob {
  readonly id: string;
  readonly status: string;
  readonly retryCount: number;
  /** null for a role that may not read it. */
  readonly erased: boolean | null;
  readonly cause: Cause;
  /** Why the next attempt would fail without a call to the identity server. */
  readonly invalidity: string | null;
  /** Another FamilyHub user with this username; null if there is none. */
  readonly holder: { readonly zitadelUserId: string | null } | null;
}

export function orFixRow({ status, retryCount }: JudgedJob, advice: string): string {
  const leftAlone = whySkipped(status, retryCount);
  return leftAlone === null ? advice : `fix the row in the database: ${leftAlone}`;
}

export function whatARequeueDoes(
  job: JudgedJob,
  lookup: Existence,
): { readonly advice: string; readonly helps: boolean } {
  const exists = lookup.kind === "ours";
  const open = exists ? "" : doubt(job.cause, lookup.nameOpen);
  if (job.status !== "failed") return noRequeue(withoutRequeue(job, exists, open));
  if (job.erased === true) return noRequeue(erased(job, exists));
  const again = exists ? `${FREE_THE_NAME}, then \`queue add\` a new job` : "`queue add` a new job";
  const known = adviceFor(job.cause);
  const lasting = job.invalidity ?? (cannotSucceed(known) ? job.cause.code : null);
  if (lasting !== null) return noRequeue(`requeueing fails again (${lasting}): ${again}`);
  // Whether Zitadel was set up cannot be seen from outside.
  const first = known.suggestion === "configure" ? `${known.first}: ` : "";
  const then = exists ? ": the next run adopts the account" : open;
  return { advice: `${first}\`queue requeue ${job.id}\`${then}`, helps: true };
}

type Existence = Extract<AccountLookup, { kind: "ours" | "absent" }>;

/** Never delete it: it is the job's own account, and its owner may already sign in with it. */
const FREE_THE_NAME = "rename and deactivate the account in Zitadel";

function noRequeue(advice: string) {
  return { advice, helps: false };
}

/** The cause is in the job itself. Whether a username or ID is free was checked separately. */
function cannotSucceed({ suggestion, first }: Advice): boolean {
  return suggestion === "add" && first === null;
}

/** Zitadel refused the name or ID, but shows no user who has it. */
function doubt(cause: Cause, nameOpen: boolean): string {
  if (wasIdRefused(cause)) {
    return "; if the ID is refused again, a removed organization still has it: `queue add`";
  }
  return nameOpen
    ? "; if the name is refused again, a user that the service account cannot see has it: `queue add` a job with another name"
    : "";
}

function erased({ cause }: JudgedJob, exists: boolean): string {
  const canceled = cause.code === "canceled";
  if (exists && canceled) {
    return "canceled on purpose, but the account exists: deactivate it in Zitadel";
  }
  if (exists) {
    return `its password is erased, so no run adopts it: ${FREE_THE_NAME}, then \`queue add\``;
  }
  return canceled
    ? adviceFor(cause).advice
    : "its password is erased: `queue add` queues the account again";
}

function withoutRequeue({ status, invalidity }: JudgedJob, exists: boolean, open: string): string {
  if (status === "processing") return "nothing: a run holds it, or recovers it";
  if (status === "completed") {
    return exists
      ? "nothing: it is completed"
      : "find out who removed the account: the job is completed, but Zitadel has none";
  }
  if (invalidity !== null) return `the next try fails (${invalidity}): \`queue add\` a new job`;
  return `nothing: the next try ${exists ? "adopts" : "creates"} the account${open}`;
}

export function nameTaken(job: JudgedJob): string {
  if (job.status === "completed") {
    return "find out who removed the account: the job is completed, but another user has its name";
  }
  if (job.status !== "failed") {
    return `free the name before the next try; or \`queue cancel ${job.id}\` and \`queue add\` a job with another name`;
  }
  return job.erased === true
    ? "`queue add` a job with another name"
    : adviceFor({ ...job.cause, code: "username_taken", zitadelErrorId: null }).advice;
}

export function differenceAdvice(job: JudgedJob, difference: Difference): string {
  return `${DIFFERENCES[difference]}: ${idHeld(job)}`;
}

function idHeld({ id, status }: JudgedJob): string {
  if (status === "completed") return "find out who changed it: the job is completed";
  if (status === "failed") return "`queue add` a new job, which gets another ID";
  return `\`queue cancel ${id}\` and \`queue add\` a new job, which gets another ID`;
}
