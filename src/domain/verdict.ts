// Decides from the identity server's answer whether a job's account exists, and whether a requeue helps.
import { whySkipped } from "./job.ts";
import type { AccountLookup } from "./account-lookup.ts";
import { differenceAdvice, nameTaken, orFixRow, whatARequeueDoes } from "./verdict-advice.ts";
import type { JudgedJob } from "./verdict-advice.ts";

export const VERDICTS = [
  "created",
  "username_taken",
  "absent",
  "mismatch",
  "unknown",
  "not_found",
] as const;

type Verdict = (typeof VERDICTS)[number];

export interface JobVerdict {
  readonly verdict: Verdict;
  /** The user who has the job's ID or its username; null if there is none. */
  readonly zitadelUserId: string | null;
  /** A requeue is possible, and as far as is known it helps. */
  readonly requeueable: boolean;
  /** An instruction for an operator, without capital letter and full stop. */
  readonly advice: string;
}

export const NOT_FOUND: JobVerdict = jobVerdict(
  "not_found",
  "no such job: `queue list` shows the jobs",
  null,
);

/** @param why there was no answer, or no call */
export function unknown(why: string): JobVerdict {
  return jobVerdict("unknown", `${why.replace(/\.$/, "")}; ask again`, null);
}

/** @returns null if only the identity server can decide: no other FamilyHub user has the name */
export function judgeByFamilyHub(job: JudgedJob): JobVerdict | null {
  if (job.holder === null || job.status === "completed") return null;
  const advice = `another FamilyHub user has the name: ${nameTaken(job)}`;
  return jobVerdict("username_taken", orFixRow(job, advice), job.holder.zitadelUserId);
}

export function judgeByLookup(job: JudgedJob, lookup: AccountLookup): JobVerdict {
  switch (lookup.kind) {
    case "ours":
      return requeueing(job, lookup);
    case "absent":
      return requeueing(job, lookup);
    case "name-held": {
      const advice = `its user is in organization ${lookup.orgId}: ${nameTaken(job)}`;
      return jobVerdict("username_taken", orFixRow(job, advice), lookup.zitadelUserId);
    }
    case "id-held":
      return jobVerdict(
        "mismatch",
        orFixRow(job, differenceAdvice(job, lookup.difference)),
        job.id,
      );
    case "unanswered":
      return unknown(lookup.result.failure.message);
    default:
      return lookup satisfies never;
  }
}

/** Whether a check before a requeue makes sense: without its password a job is never tried again. */
export function canBeRequeued({
  status,
  retryCount,
  erased,
}: Pick<JudgedJob, "status" | "retryCount" | "erased">): boolean {
  return status === "failed" && erased !== true && whySkipped(status, retryCount) === null;
}

function requeueing(
  job: JudgedJob,
  lookup: Extract<AccountLookup, { kind: "ours" | "absent" }>,
): JobVerdict {
  const { advice, helps } = whatARequeueDoes(job, lookup);
  const requeueable = helps && canBeRequeued(job);
  const verdict =
    lookup.kind === "ours"
      ? jobVerdict("created", orFixRow(job, withNote(advice, lookup.note)), lookup.zitadelUserId)
      : jobVerdict("absent", orFixRow(job, advice), null);
  return { ...verdict, requeueable };
}

function withNote(advice: string, note: string | null): string {
  return note === null ? advice : `${advice}; ${note}`;
}

function jobVerdict(verdict: Verdict, advice: string, zitadelUserId: string | null): JobVerdict {
  return { verdict, zitadelUserId, requeueable: false, advice };
}
