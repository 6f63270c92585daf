// The table that says what each refusal of Zitadel means: by error id first, by gRPC code else.
//
// Never by text: Zitadel translates it, and a database fault borrows the id of a taken username.
import { failure, type ErrorCode, type Failure } from "../domain/failure.ts";
import { failureMessage } from "./zitadel-failure-message.ts";

/**
 * - `permanent`: this job can never succeed as it is.
 * - `ambiguous`: the account may exist by now; ask for it, then decide.
 * - `name-or-id`: ambiguous, and the username may be somebody else's.
 * - `rate-limited`, `refused`: not the job's fault, and the next job would meet the same.
 * - `unauthenticated`: as `refused`, unless a new token helps.
 * - `unimplemented`: the server does not know the call.
 * - `unreached`: the call never left; Zitadel is down.
 */
type FailureClass =
  | "permanent"
  | "ambiguous"
  | "name-or-id"
  | "rate-limited"
  | "refused"
  | "unauthenticated"
  | "unimplemented"
  | "unreached";

export interface Verdict {
  readonly class: FailureClass;
  readonly failure: Failure;
}

/** An answer that is not OK, as far as the wire told. */
export interface RpcFault {
  readonly grpcCode: number;
  /** From the error detail, or from the end of the message; null when the answer names none. */
  readonly errorId: string | null;
  /** The text of the status. Read only where grpc-js itself wrote it, or by PGV's fixed form. */
  readonly details: string;
  readonly retryAfterMs: number | null;
}

type Row = readonly [FailureClass, ErrorCode, string];

const BY_ERROR_ID: Readonly<Record<string, Row>> = {
  "COMMAND-7yiox1isql": ["ambiguous", "id_taken", "a user with the job's id exists already"],
  // A taken username, and any database failure while the name was being reserved.
  "V3-DKcYh": ["name-or-id", "internal", "the username could not be reserved"],
  "EMAIL-spblu": ["permanent", "invalid_argument", "the email is empty"],
  "EMAIL-599BI": ["permanent", "invalid_argument", "the email is invalid"],
  "EMAIL-599GV": ["permanent", "invalid_argument", "the email is invalid"],
  "V2-zzad3": ["permanent", "invalid_argument", "the username is blank"],
  "USER-UCej2": ["permanent", "invalid_argument", "the given name is blank"],
  "USER-4hB7d": ["permanent", "invalid_argument", "the family name is blank"],
  "COMMA-HuJf6": ["permanent", "invalid_argument", "the password is shorter than the policy asks"],
  "COMMA-co3Xw": ["permanent", "invalid_argument", "the password lacks a lower-case letter"],
  "COMMA-VoaRj": ["permanent", "invalid_argument", "the password lacks an upper-case letter"],
  "COMMA-ZBv4H": ["permanent", "invalid_argument", "the password lacks a number"],
  "COMMA-ZDLwA": ["permanent", "invalid_argument", "the password lacks a symbol"],
  "CRYPT-2xK7d": [
    "permanent",
    "invalid_argument",
    "the password hash is of a kind that is not enabled",
  ],
  "USER-JDk4t": [
    "permanent",
    "invalid_argument",
    "the password hash is of a kind that is not enabled",
  ],
  "CRYPT-5uV9n": [
    "permanent",
    "invalid_argument",
    "the password hash costs too little or too much",
  ],
  "CRYPT-r8Qm2": ["permanent", "invalid_argument", "the password hash cannot be parsed"],
  "COMMAND-SFd21": [
    "permanent",
    "invalid_argument",
    "the username's domain belongs to another organization",
  ],
  "COMMAND-39nf2": ["permanent", "invalid_argument", "a linked identity provider does not exist"],
  "DOMAIN-oGh5e": ["refused", "internal", "the URL template is invalid"],
  "DOMAIN-ieYa7": ["refused", "internal", "the URL template is invalid"],
  "COMMA-095xh8fll1": ["refused", "internal", "no organization was named: set ZITADEL_ORG_ID"],
  "COMMAND-QXPGs": [
    "refused",
    "invalid_argument",
    "the organization does not exist: check ZITADEL_ORG_ID",
  ],
  "AUTHZ-cdgFk": ["refused", "internal", "the service account is no member of the organization"],
  "AUTH-Bs7Ds": ["refused", "internal", "the organization was not found: check ZITADEL_ORG_ID"],
  "LIMITS-molsj": ["rate-limited", "rate_limited", "the instance is blocked by its operator"],
  "QUOTA-vjAy8": ["rate-limited", "rate_limited", "the instance's quota of requests is used up"],
  // Missing policies: every creation would meet the same.
  "USER-Ggk9n": ["refused", "internal", "the instance lacks a policy"],
  "USER-uQ96e": ["refused", "internal", "the instance lacks a policy"],
};

const BY_GRPC_CODE: Readonly<Record<number, Row>> = {
  1: ["ambiguous", "unknown", "the call was canceled"],
  2: ["ambiguous", "unknown", "no cause is given"],
  3: ["permanent", "invalid_argument", "the request was rejected"],
  4: ["ambiguous", "timeout", "no answer in time (ZITADEL_TIMEOUT)"],
  5: [
    "refused",
    "internal",
    "not found: check ZITADEL_URL, ZITADEL_ORG_ID and the service account's role",
  ],
  6: ["name-or-id", "unknown", "something of the account exists already"],
  7: [
    "refused",
    "internal",
    "the service account may not do this: give it ORG_USER_MANAGER in the organization",
  ],
  8: ["rate-limited", "rate_limited", "it or a proxy asks to wait"],
  9: ["ambiguous", "unknown", "refused for a reason that this tool does not know"],
  10: ["ambiguous", "unknown", "the call was aborted"],
  11: ["permanent", "invalid_argument", "the request was rejected"],
  12: [
    "unimplemented",
    "internal",
    "the server does not know the call: check ZITADEL_URL and ZITADEL_API_URL",
  ],
  13: ["ambiguous", "internal", "an internal failure"],
  14: ["ambiguous", "unavailable", "unavailable"],
  15: ["ambiguous", "internal", "data was lost"],
  16: [
    "unauthenticated",
    "internal",
    "the credentials were refused: check that the key or ZITADEL_TOKEN is current",
  ],
};

export function classify(fault: RpcFault): Verdict {
  const row =
    byClientText(fault) ??
    (fault.errorId === null ? undefined : BY_ERROR_ID[fault.errorId]) ??
    BY_GRPC_CODE[fault.grpcCode] ??
    (["ambiguous", "unknown", "an unknown status"] as const);
  const [failureClass, code, text] = row;
  return {
    class: failureClass,
    failure: failure(code, failureMessage(fault, text), {
      grpcCode: fault.grpcCode,
      zitadelErrorId: fault.errorId,
    }),
  };
}

/** No job is to blame, and the next one would meet the same until an operator acts. */
export function isOperatorsFault(failureClass: FailureClass): boolean {
  return ["refused", "unauthenticated", "unimplemented"].includes(failureClass);
}

/** Written by grpc-js where an answer has an HTTP status but no gRPC one. */
export function isProxyAnswer({ details }: RpcFault): boolean {
  return httpStatus(details) !== null;
}

/** What grpc-js says itself, of proxies and of its own state. These texts are not Zitadel's. */
function byClientText({ grpcCode, details }: RpcFault): Row | undefined {
  const http = httpStatus(details);
  if (http === 429) return ["rate-limited", "rate_limited", "HTTP 429 Too Many Requests"];
  if (grpcCode === 14 && http !== null) {
    return ["ambiguous", "unavailable", `a proxy answered HTTP ${http}`];
  }
  if (grpcCode === 14 && /^(No connection established|Name resolution failed)/.test(details)) {
    return ["unreached", "unavailable", "no connection: check ZITADEL_URL and ZITADEL_API_URL"];
  }
  if (grpcCode === 8 && /^(Received|Attempted to send) message larger than/.test(details)) {
    return ["permanent", "invalid_argument", "the message is too large"];
  }
  return undefined;
}

function httpStatus(details: string): number | null {
  const [, status] = /^Received HTTP status code (\d{3})/.exec(details) ?? [];
  return status === undefined ? null : Number(status);
}
