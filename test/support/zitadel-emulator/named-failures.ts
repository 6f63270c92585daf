// The server-side failures that need no more than a name: what Zitadel answers when they happen.
import { ApiError, errors, GrpcCode, rawFailure } from "./api-error.ts";

const INTERNAL_TEXT = "An internal error occurred";

/** `message` replaces the raw text where there is one. */
const FAILURES = {
  /** The uniqueness insert failed for another reason than a taken name. */
  "uniqueness-db-failure": () => new ApiError(GrpcCode.alreadyExists, "V3-DKcYh", INTERNAL_TEXT),
  /** A database error or a push timeout on the write path. */
  "raw-unknown": (message = "timeout: context deadline exceeded") => rawFailure(message),
  "db-connection-error": () => new ApiError(GrpcCode.internal, "", "db connection error"),
  "db-read-error": () => new ApiError(GrpcCode.internal, "SQL-KyeAx", "unable to filter events"),
  /** The database fails while the token is checked: looks like a bad token. */
  "unauthenticated-db": errors.tokenInvalid,
  "quota-exhausted": errors.quotaExhausted,
  "instance-blocked": errors.instanceBlocked,
  /** The database fails at the very first step of a call. `v4` says NOT_FOUND, or HTTP 404. */
  "instance-lookup-failed": (message = "unable to set instance using origin") =>
    new ApiError(GrpcCode.internal, null, message),
  "instance-not-found-db": () => errors.instanceUnreadable("127.0.0.1", "v4"),
  /** The projection is behind although GetUserByID triggered it. */
  "user-not-visible": errors.userNotFound,
  /** A server panic. */
  panic: () => new ApiError(GrpcCode.internal, "RECOVER", INTERNAL_TEXT),
} satisfies Record<string, (message?: string) => ApiError>;

export type NamedFailure = keyof typeof FAILURES;

export function namedFailure(kind: NamedFailure, message?: string): ApiError {
  return FAILURES[kind](message);
}
