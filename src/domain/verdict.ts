// Judges what the identity server shows of a job's account: what it is, and whether a requeue helps.
import { whySkipped } from "./job.ts";
import type { AccountSighting } from "./sighting.ts";
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
  /** Who has the job's id or its username; null when nobody does. */
  readonly zitadelUserId: string | null;
  /** A requeue is possible, and as far as anybody can see it helps. */
  readonly requeueable: boolean;
  /** An order to an operator, without capital and full stop. */
  readonly advice: string;
}

export const NOT_FOUND: JobVerdict = told(
  "not_found",
  "no such job: `queue list` shows the jobs",
  null,
);

/** @param why the question was not answered, or not asked */
export function unknown(why: string): JobVerdict {
  return told("unknown", `${why}; ask again`, null);
}

/** @returns null when only the identity server can tell: FamilyHub has nobody else of the name */
export function judgeByFamilyHub(job: JudgedJob): JobVerdict | null {
  if (job.holder === null || job.status === "completed") return null;
  const advice = `another FamilyHub user has the name: ${nameTaken(job)}`;
  return told("username_taken", orFixRow(job, advice), job.holder.zitadelUserId);
}

export function judgeBySighting(job: JudgedJob, sighting: AccountSighting): JobVerdict {
  switch (sighting.kind) {
    case "ours":
      return requeueing(job, sighting);
    case "absent":
      return requeueing(job, sighting);
    case "name-held": {
      const advice = `its user is in organization ${sighting.orgId}: ${nameTaken(job)}`;
      return told("username_taken", orFixRow(job, advice), sighting.zitadelUserId);
    }
    case "id-held":
      return told("mismatch", orFixRow(job, differenceAdvice(job, sighting.difference)), job.id);
    case "unanswered":
      return unknown(sighting.result.failure.message);
    default:
      return sighting satisfies never;
  }
}

/** Whether there is anything to verify before a requeue: without its password a job is never tried again. */
export function canBeRequeued({
  status,
  retryCount,
  erased,
}: Pick<JudgedJob, "status" | "retryCount" | "erased">): boolean {
  return status === "failed" && erased !== true && whySkipped(status, retryCount) === null;
}

function requeueing(
  job: JudgedJob,
  sighting: Extract<AccountSighting, { kind: "ours" | "absent" }>,
): JobVerdict {
  const { advice, helps } = whatARequeueDoes(job, sighting);
  const requeueable = helps && canBeRequeued(job);
  const verdict =
    sighting.kind === "ours"
      ? told("created", orFixRow(job, withNote(advice, sighting.note)), sighting.zitadelUserId)
      : told("absent", orFixRow(job, advice), null);
  return { ...verdict, requeueable };
}

function withNote(advice: string, note: string | null): string {
  return note === null ? advice : `${advice}; ${note}`;
}

function told(verdict: Verdict, advice: string, zitadelUserId: string | null): JobVerdict {
  return { verdict, zitadelUserId, requeueable: false, advice };
}
