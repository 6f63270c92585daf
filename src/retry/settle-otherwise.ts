// Chooses what to store for a job when FamilyHub's database refuses the result of its attempt.
import { ACCOUNT_REFUSED, RESULT_REFUSED } from "../domain/database-refusal.ts";
import { failure, type Failure } from "../domain/failure.ts";
import type { ClaimedJob } from "../domain/job.ts";
import { decide, retriesLeft, type Outcome, type RetrySchedule } from "../domain/outcome.ts";
import type { Conflict } from "./settle.sql.ts";
import type { Refusal, RowRefused } from "../postgres/row-refused.ts";
import type { Settlement } from "./settlement-row.ts";

/** Adds to the remark on the account what FamilyHub changed in the row in the meantime. */
export function withNote(settlement: Settlement, drift: string | null): Settlement {
  const { outcome } = settlement;
  if (outcome.kind !== "completed" || drift === null) return settlement;
  const note = outcome.note === null ? drift : `${outcome.note}; ${drift}`;
  return { ...settlement, outcome: { ...outcome, note } };
}

/** The account exists in Zitadel but cannot get a user row: failed permanently, until a person decides. */
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
 * A completed job uses up a retry as `internal`: the account exists without its user row, and a later attempt
 * adopts it if the data agree by then. Any other result is stored without its message, and a final one is
 * tried again.
 * @returns null if no other result is left
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

/** The server's message. A trigger may quote the row in it, so the person's names are removed. */
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
