// Why an attempt did not create the account, in terms an operator can filter by.

/** Every value that `last_error_code`, an attempt or a metrics label can hold. */
export const ERROR_CODES = [
  "unavailable",
  "timeout",
  "rate_limited",
  "internal",
  "unknown",
  "interrupted",
  "username_taken",
  "id_taken",
  "user_exists",
  "invalid_argument",
  "undecryptable",
  "canceled",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface Failure {
  readonly code: ErrorCode;
  /** For people. Never holds a secret: it is stored, logged and published. */
  readonly message: string;
  /** gRPC status code of Zitadel's answer, null without an answer. */
  readonly grpcCode: number | null;
  /** Zitadel's error ID such as `V3-DKcYh`, null if the answer contained none. */
  readonly zitadelErrorId: string | null;
}

export function failure(
  code: ErrorCode,
  message: string,
  source: { grpcCode?: number | null; zitadelErrorId?: string | null } = {},
): Failure {
  return {
    code,
    message,
    grpcCode: source.grpcCode ?? null,
    zitadelErrorId: source.zitadelErrorId ?? null,
  };
}
