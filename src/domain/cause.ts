// The cause of failures under a short name (fingerprint), and what an operator can do about it.
import { adviceOnRefusal, wasRefusedByDatabase } from "./database-refusal.ts";
import type { ErrorCode } from "./failure.ts";

export interface Cause {
  /** null if an older worker failed the job without a code. */
  readonly code: string | null;
  readonly grpcCode: number | null;
  readonly zitadelErrorId: string | null;
}

/** Stable and short, such as `username_taken` or `internal/13/SQL-KyeAx`. */
export function fingerprintOf({ code, grpcCode, zitadelErrorId }: Cause): string {
  const parts = [code ?? CODELESS];
  if (grpcCode !== null || zitadelErrorId !== null) parts.push(String(grpcCode ?? "-"));
  if (zitadelErrorId !== null) parts.push(zitadelErrorId);
  return parts.join("/");
}

const CODELESS = "no_code";

/** @returns null for a text that is not a fingerprint */
export function causeOf(fingerprint: string): Cause | null {
  const [, code = "", grpcCode = "-", zitadelErrorId = null] =
    /^(\w+)(?:\/(\d{1,2}|-)(?:\/(\S+))?)?$/.exec(fingerprint) ?? [];
  if (code !== CODELESS && !isKnown(code)) return null;
  return {
    code: code === CODELESS ? null : code,
    grpcCode: grpcCode === "-" ? null : Number(grpcCode),
    zitadelErrorId,
  };
}

/**
 * - `requeue`: `queue requeue` helps once the cause is gone.
 * - `add`: a requeue fails again; a new job helps, or freeing the username.
 * - `configure`: something in Zitadel must be set up first.
 * - `wait`: the tool continues without help.
 * - `none`: this is intended.
 * - `look`: a person must decide.
 */
export type Suggestion = "requeue" | "add" | "configure" | "wait" | "none" | "look";

export interface Advice {
  readonly suggestion: Suggestion;
  /** What must be done before a requeue helps; null if nothing, or if nothing would help. */
  readonly first: string | null;
  /** An instruction for an operator, without capital letter and full stop. */
  readonly advice: string;
}

const ZITADEL_TROUBLE: Advice = {
  suggestion: "requeue",
  first: "once Zitadel is healthy",
  advice: "once Zitadel is healthy, `queue requeue`",
};
const UNACCEPTABLE: Advice = {
  suggestion: "add",
  first: null,
  advice: "requeueing fails again: `queue add` a new job",
};

const BY_CODE: Record<ErrorCode, Advice> = {
  unavailable: ZITADEL_TROUBLE,
  timeout: ZITADEL_TROUBLE,
  internal: ZITADEL_TROUBLE,
  unknown: ZITADEL_TROUBLE,
  interrupted: {
    suggestion: "requeue",
    first: "once it is known what killed the runs",
    advice: "find out what killed the runs, then `queue requeue`",
  },
  rate_limited: {
    suggestion: "wait",
    first: null,
    advice: "nothing: the runs wait as long as Zitadel asks",
  },
  username_taken: {
    suggestion: "add",
    first: "once the username is free",
    advice: "free the name, then `queue requeue`; or `queue add` a job with another name",
  },
  id_taken: {
    suggestion: "add",
    first: "if nobody else has this ID any more (never delete an account for that)",
    advice: "`queue verify` shows how the account differs; `queue add` a new job gets another ID",
  },
  user_exists: {
    suggestion: "configure",
    first:
      "once the user that FamilyHub made at the first sign-in is moved to the job's family, or deleted",
    advice:
      "move the user to the job's family in FamilyHub, then `queue requeue`: the run adopts the account",
  },
  invalid_argument: UNACCEPTABLE,
  undecryptable: UNACCEPTABLE,
  canceled: {
    suggestion: "none",
    first: null,
    advice: "canceled on purpose; if not, `queue add` a new job",
  },
};

const HASH_REFUSED: Advice = {
  suggestion: "configure",
  first: "once Zitadel accepts such password hashes",
  advice:
    "make Zitadel accept such password hashes, then `queue requeue`; or `queue add` a new job",
};

/** Refusals that Zitadel's operator can lift. */
const BY_ERROR_ID: Readonly<Record<string, Advice>> = {
  "CRYPT-2xK7d": HASH_REFUSED,
  "USER-JDk4t": HASH_REFUSED,
  "CRYPT-5uV9n": HASH_REFUSED,
};

const UNNAMED: Advice = {
  suggestion: "look",
  first: null,
  advice: "unknown cause: check one job with `queue show`",
};

const STILL_TRYING: Advice = {
  suggestion: "wait",
  first: null,
  advice: "nothing yet: the jobs are retried automatically",
};

/** @param message of the failure; null if none was recorded */
export function adviceFor({ code, zitadelErrorId }: Cause, message: string | null = null): Advice {
  if (wasRefusedByDatabase(message)) return adviceOnRefusal("queue requeue");
  const byId = Object.hasOwn(BY_ERROR_ID, zitadelErrorId ?? "")
    ? BY_ERROR_ID[zitadelErrorId ?? ""]
    : undefined;
  return byId ?? (isKnown(code) ? BY_CODE[code] : UNNAMED);
}

const ERASED: Advice = {
  suggestion: "add",
  first: null,
  advice: "the passwords are erased, so none can be requeued: `queue add` new jobs",
};

/** Jobs with the same cause that failed permanently, and those that still have their password. */
export interface FailedJobs {
  readonly failed: number;
  /** null for a role that may not read it. */
  readonly requeueable: number | null;
  /** Of one of them. */
  readonly sampleMessage: string | null;
}

export function adviceForGroup(cause: Cause, jobs: FailedJobs): Advice {
  const { failed, requeueable, sampleMessage } = jobs;
  if (failed === 0) {
    return wasRefusedByDatabase(sampleMessage)
      ? adviceOnRefusal("retry-accounts --job")
      : STILL_TRYING;
  }
  const known = adviceFor(cause, sampleMessage);
  const erased = failed - (requeueable ?? failed);
  if (erased === 0 || !known.advice.includes("`queue requeue`")) return known;
  if (requeueable === 0) return ERASED;
  return { ...known, advice: `${known.advice} (not those whose password is erased: ${erased})` };
}

/** Zitadel refused the username: another user has it, or Zitadel's database failed at that moment. */
export function wasNameRefused({ zitadelErrorId }: Cause): boolean {
  return zitadelErrorId === "V3-DKcYh";
}

/** Zitadel answered that a user already has the job's ID. */
export function wasIdRefused({ code, zitadelErrorId }: Cause): boolean {
  return code === "id_taken" || zitadelErrorId === "COMMAND-7yiox1isql";
}

function isKnown(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(BY_CODE, code);
}
