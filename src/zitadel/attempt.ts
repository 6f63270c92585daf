// Turns the result of a call into its meaning for the job.
import { failure, type Failure } from "../domain/failure.ts";
import type { AttemptResult, RunStop } from "../domain/outcome.ts";
import type { Unanswered } from "../domain/account-lookup.ts";
import {
  IdentityRateLimited,
  IdentityRefused,
  IdentityUnavailable,
  IdentityUnproven,
} from "../errors.ts";
import type { Verdict } from "./failure.ts";

type Blameless = Extract<AttemptResult, { kind: "blameless" }>;

/** For refusals that are clear without another call. */
export function judge(verdict: Verdict, retryAfterMs: number | null): AttemptResult {
  const { failure: why } = verdict;
  switch (verdict.class) {
    case "permanent":
      return { kind: "permanent", failure: why };
    case "ambiguous":
    case "id-exists":
    case "name-or-id":
      return { kind: "transient", failure: why };
    case "rate-limited":
      return stopping("stopped", why, retryAfterMs);
    case "unreached":
      return stopping("unavailable", why, null);
    case "unproven":
      return unproven(why);
    case "refused":
    case "unauthenticated":
    case "unimplemented":
      return stopping("refused", why, null);
    default:
      return verdict.class satisfies never;
  }
}

/** For a read-only call: if it gets no answer, the job is not the cause. */
export function unanswered(verdict: Verdict, retryAfterMs: number | null): Unanswered {
  const result = judge(verdict, retryAfterMs);
  return result.kind === "blameless" ? result : { kind: "transient", failure: verdict.failure };
}

/**
 * A failure to get a token is not the job's fault.
 * @throws any other error
 */
export async function withoutBlameForTokens(
  work: () => Promise<AttemptResult>,
): Promise<AttemptResult> {
  try {
    return await work();
  } catch (error) {
    return withoutToken(error);
  }
}

/** @throws errors that are not about the token */
export function withoutToken(error: unknown): Unanswered {
  if (error instanceof IdentityUnavailable) {
    const why = failure("unavailable", error.message);
    return error instanceof IdentityUnproven ? unproven(why) : stopping("unavailable", why, null);
  }
  if (error instanceof IdentityRefused) {
    return stopping("refused", failure("internal", error.message), null);
  }
  if (error instanceof IdentityRateLimited) {
    return stopping("stopped", failure("rate_limited", error.message), error.retryAfterMs);
  }
  throw error;
}

function unproven(why: Failure): Blameless {
  const stop = { outcome: "unavailable", reason: why.message, leavesBreaker: true } as const;
  return { kind: "blameless", failure: why, retryAfterMs: null, stop };
}

function stopping(
  outcome: RunStop["outcome"],
  why: Failure,
  retryAfterMs: number | null,
): Blameless {
  return { kind: "blameless", failure: why, retryAfterMs, stop: { outcome, reason: why.message } };
}
