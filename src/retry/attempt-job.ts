// One attempt at one job: checks that it is valid, decrypts its password, and asks the identity server.
import { findInvalidity } from "../domain/job-validity.ts";
import { failure } from "../domain/failure.ts";
import { type ClaimedJob } from "../domain/job.ts";
import { retriesLeft, type AttemptResult, type RetrySchedule } from "../domain/outcome.ts";
import type { IdentityProvider } from "../zitadel/identity-provider.ts";
import { checkHash } from "../passwords/hash-check.ts";
import type { KeyRing } from "../passwords/key-ring.ts";
import { openEnvelope } from "../passwords/open-envelope.ts";

export interface AttemptDependencies {
  readonly identity: IdentityProvider;
  readonly ring: KeyRing;
  readonly schedule: RetrySchedule;
}

export interface Attempt {
  readonly result: AttemptResult;
  /** Whether the result shows anything about the identity server's health. */
  readonly asked: boolean;
  /** null unless the password key is not in the ring. */
  readonly missingKey: string | null;
}

export async function attemptJob(job: ClaimedJob, deps: AttemptDependencies): Promise<Attempt> {
  const invalidity = findInvalidity(job);
  if (invalidity !== null) return unasked({ kind: "permanent", failure: invalidity });

  const opened = openEnvelope(job.encryptedPassword, job.id, deps.ring);
  if (opened.kind === "undecryptable") {
    const why = failure("undecryptable", `The password cannot be decrypted: ${opened.reason}`);
    return unasked({ kind: "permanent", failure: why });
  }
  if (opened.kind === "key-missing") {
    const why = failure("undecryptable", `The password key "${opened.kid}" is not in the ring`);
    const result = { kind: "blameless", failure: why, retryAfterMs: null, stop: null } as const;
    return { result, asked: false, missingKey: opened.kid };
  }

  const { kind, value } = opened.content;
  const hash = kind === "hash" ? checkHash(value.reveal()) : null;
  if (hash?.kind === "invalid") {
    const why = failure("invalid_argument", `The password hash cannot be used: ${hash.reason}`);
    return unasked({ kind: "permanent", failure: why });
  }

  const account = {
    id: job.id,
    username: job.username,
    fullName: job.fullName,
    familyId: job.familyId,
    createdAt: job.createdAt,
    password: opened.content,
  };
  const lastTry = !retriesLeft(job.retryCount, deps.schedule);
  const result = await deps.identity.createAccount(account, lastTry);
  return { result: withWarning(result, hash?.warning ?? null), asked: true, missingKey: null };
}

function withWarning(result: AttemptResult, warning: string | null): AttemptResult {
  const exists = result.kind === "created" || result.kind === "adopted";
  if (!exists || warning === null) return result;
  return { ...result, note: result.note === null ? warning : `${result.note}; ${warning}` };
}

function unasked(result: AttemptResult): Attempt {
  return { result, asked: false, missingKey: null };
}
