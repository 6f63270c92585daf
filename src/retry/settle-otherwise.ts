// Chooses what to store for a job when FamilyHub's database refuses the result of its attempt.
import { ACCOUNT_REFUSED, RESULT_REFUSED } from "../domain/database-refusal.ts";
import { failure, type Failure } from "../domain/failure.ts";
import type { ClaimedJob } from "../domain/job.ts";
import { decide, retriesLeft, type Outcome, type RetrySchedule } from "../domain/outcome.ts";
import type { Conflict } from "./settle.sql.ts";
import type { Refusal, RowRefused } from "../postgres/row-refused.ts";
import type { Settlement } from "./settlement-row.ts";

/** Adds what FamilyHub changed in the row meanwhile to what is said of the account. */
export function withNote(settlement: Settlement, drift: string | null): Settlement {
  const { outcome } = settlement;
  if (outcome.kind !== "completed" || drift === null) return settlement;
  const note = outcome.note === null ? drift : `${outcome.note}; ${drift}`;
  return { ...settlement, outcome: { ...outcome, note } };
}

/** The account exists in Zitadel and cannot get a user row: failed permanently, until somebody decides. */
export function afterConflict(settlement: Settlement, { user }: Conflict): Settlement {
  const why =
    user === null
      ? failure(
          "username_taken",
          "The username belongs to another user in FamilyHub; the account in Zitadel has no user row",
        )
      : failure(
          "user_exists",
          `FamilyHub already has user ${user.id} in family ${user.familyId} for this account, ` +
            "probably because it signed in before this job was done",
        );
  return instead(settlement, {
    kind: "failed",
    retryCount: settlement.job.retryCount,
    failure: why,
  });
}

/**
 * A completed job uses up a retry as `internal`: the account exists, the row does not, and another try adopts
 * it if the data agree by then. Of any other outcome the message is left out, and one that would be final
 * is tried again.
 * @returns null when nothing is left to say
 */
export function afterRefusal(
  settlement: Settlement,
  refusal: RowRefused,
  schedule: RetrySchedule,
): Settlement | null {
  const { job, outcome } = settlement;
  const charged = () => {
    const why = failure("internal", `${ACCOUNT_REFUSED}: ${refusalText(refusal, job)}`);
    const result = { kind: "transient", failure: why } as const;
    return instead(settlement, decide(job.retryCount, result, schedule, 0));
  };
  if (outcome.kind === "completed") return charged();
  if (!isUnstorable(outcome.failure)) {
    return instead(settlement, {
      ...outcome,
      failure: failure("internal", `${RESULT_REFUSED}: ${refusalText(refusal, job)}`),
    });
  }
  return outcome.kind === "failed" && retriesLeft(job.retryCount, schedule) ? charged() : null;
}

function isUnstorable({ message }: Failure): boolean {
  return message.startsWith(RESULT_REFUSED);
}

function refusalText(refusal: RowRefused, job: ClaimedJob): string {
  const { message, constraint } = refusalFor(refusal, job);
  return constraint === null || message.includes(constraint)
    ? message
    : `${message} (${constraint})`;
}

/** In the server's own words. A trigger may quote the row in them: the person's names stay out. */
export function refusalFor(refusal: RowRefused, { id, username, fullName }: ClaimedJob): Refusal {
  const { message, ...rule } = refusal.toRefusal(id);
  const said = [fullName, username].reduce(
    (text, name) => (name === "" ? text : text.replaceAll(name, "[redacted]")),
    message,
  );
  return { ...rule, message: said };
}

function instead(settlement: Settlement, outcome: Outcome): Settlement {
  return { ...settlement, outcome };
}
