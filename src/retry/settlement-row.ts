// A settlement as the SQL statements need it: what was sent, and the result.
import type { ClaimedJob } from "../domain/job.ts";
import type { Outcome } from "../domain/outcome.ts";

export interface Settlement {
  /** As it was claimed, which is what Zitadel was sent. */
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
  /** How long the attempt took; null if Zitadel was not asked, so no attempt is recorded. */
  readonly durationMs: number | null;
  /** The attempt's W3C trace context; null if it was not traced. */
  readonly traceparent: string | null;
}

/** The columns of `jsonb_to_recordset` for the result of `toRow`. */
export const SETTLEMENT_COLUMNS = `
  id uuid, family_id uuid, username text, full_name text, role text, created_by_user_id uuid,
  outcome text, "retryCount" int, "waitMs" float8, "zitadelUserId" text,
  "errorCode" text, "grpcCode" int, "zitadelErrorId" text, message text, "durationMs" float8,
  traceparent text`;

/** The length of last_error_message and of an attempt's message. */
const MESSAGE_LENGTH = 2000;

const OUTCOME_NAMES = {
  retry: "retried",
  failed: "failed",
  deferred: "deferred",
} as const;

/** As in the history. */
export function outcomeName(outcome: Outcome) {
  if (outcome.kind !== "completed") return OUTCOME_NAMES[outcome.kind];
  return outcome.adopted ? "adopted" : "created";
}

export function toRow({ job, outcome, durationMs, traceparent }: Settlement) {
  const { id, username, role, retryCount } = job;
  const sent = { id, family_id: job.familyId, username, full_name: job.fullName, role };
  const common = {
    ...sent,
    ...{ created_by_user_id: job.createdByUserId, durationMs, traceparent },
    outcome: outcomeName(outcome),
  };
  if (outcome.kind === "completed") {
    return {
      ...common,
      retryCount,
      zitadelUserId: outcome.zitadelUserId,
      message: outcome.note?.slice(0, MESSAGE_LENGTH),
    };
  }
  return {
    ...common,
    retryCount: outcome.kind === "deferred" ? retryCount : outcome.retryCount,
    waitMs: waitMs(outcome),
    errorCode: outcome.failure.code,
    grpcCode: outcome.failure.grpcCode,
    zitadelErrorId: outcome.failure.zitadelErrorId,
    message: outcome.failure.message.slice(0, MESSAGE_LENGTH),
  };
}

function waitMs(outcome: Exclude<Outcome, { kind: "completed" }>): number | null {
  if (outcome.kind === "retry") return outcome.delayMs;
  return outcome.kind === "deferred" ? outcome.retryAfterMs : null;
}
