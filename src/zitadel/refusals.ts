// What each refusal of Zitadel means, by error ID first, otherwise by gRPC code.
import type { ErrorCode } from "../domain/failure.ts";
import { INSTANCE_UNKNOWN, INSTANCE_UNREADABLE } from "./error-text.ts";

/**
 * - `permanent`: this job can never succeed as it is.
 * - `ambiguous`: the account may exist by now; look it up, then decide.
 * - `id-exists`: ambiguous, and the account with the job's ID may be another person's.
 * - `name-or-id`: ambiguous, and another user may have the username.
 * - `rate-limited`, `refused`: not the job's fault, and the next job would meet the same.
 * - `unauthenticated`: as `refused`, unless a new token helps.
 * - `unimplemented`: the server does not know the call.
 * - `unreached`: the call did not get as far as the user service; Zitadel or its database is down.
 * - `unproven`: as `unreached`, or our credentials expired during the run; the next run finds out.
 */
export type FailureClass =
  | "permanent"
  | "ambiguous"
  | "id-exists"
  | "name-or-id"
  | "rate-limited"
  | "refused"
  | "unauthenticated"
  | "unimplemented"
  | "unreached"
  | "unproven";

/** Zitadel's error ID for a user that does not exist. */
export const NO_SUCH_USER = "QUERY-Dfbg2";

/** Placeholders in a row's text for the key or token that was used, and for where it was sent. */
export const CALLER = "{caller}";
export const ADDRESS = "{address}";

export type Row = readonly [FailureClass, ErrorCode, string];

export const BY_ERROR_ID: Readonly<Record<string, Row>> = {
  "COMMAND-7yiox1isql": ["id-exists", "unknown", "a user with the job's ID already exists"],
  // A taken username, or any database error while the name was being reserved.
  "V3-DKcYh": ["name-or-id", "internal", "the username could not be reserved"],
  "EMAIL-spblu": ["permanent", "invalid_argument", "the email is empty"],
  "EMAIL-599BI": ["permanent", "invalid_argument", "the email is invalid"],
  "EMAIL-599GV": ["permanent", "invalid_argument", "the email is invalid"],
  "V2-zzad3": ["permanent", "invalid_argument", "the username is blank"],
  "USER-UCej2": ["permanent", "invalid_argument", "the given name is blank"],
  "USER-4hB7d": ["permanent", "invalid_argument", "the family name is blank"],
  "COMMA-HuJf6": [
    "permanent",
    "invalid_argument",
    "the password is shorter than the policy requires",
  ],
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
    "the cost of the password hash is too low or too high",
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
  "AUTHZ-cdgFk": [
    "refused",
    "internal",
    "the service account is not a member of the organization: give it ORG_USER_MANAGER there, or set ZITADEL_ORG_ID",
  ],
  [INSTANCE_UNKNOWN]: [
    "refused",
    "internal",
    "no instance has this host name: check that ZITADEL_URL is the instance's own domain",
  ],
  [INSTANCE_UNREADABLE]: [
    "unreached",
    "unavailable",
    "it cannot read its own database: check that database",
  ],
  "AUTH-Bs7Ds": ["refused", "internal", "the organization was not found: check ZITADEL_ORG_ID"],
  "LIMITS-molsj": [
    "rate-limited",
    "rate_limited",
    "the instance is blocked by its operator: this does not end by itself, so ask the operator of Zitadel",
  ],
  "QUOTA-vjAy8": [
    "rate-limited",
    "rate_limited",
    "the instance's quota of requests is used up: this does not end by itself, so ask the operator of Zitadel",
  ],
  // A missing policy: every creation would fail in the same way.
  "USER-Ggk9n": ["refused", "internal", "the instance lacks a policy"],
  "USER-uQ96e": ["refused", "internal", "the instance lacks a policy"],
};

export const BY_GRPC_CODE: Readonly<Record<number, Row>> = {
  1: ["ambiguous", "unknown", "the call was canceled"],
  2: ["ambiguous", "unknown", "no cause is given"],
  3: ["permanent", "invalid_argument", "the request was rejected"],
  4: ["ambiguous", "timeout", "no answer in time (ZITADEL_TIMEOUT)"],
  5: [
    "refused",
    "internal",
    "not found: check ZITADEL_URL, ZITADEL_ORG_ID and the service account's role",
  ],
  6: ["name-or-id", "unknown", "a part of the account exists already"],
  7: [
    "refused",
    "internal",
    "the service account may not do this: give it ORG_USER_MANAGER in the organization",
  ],
  8: ["rate-limited", "rate_limited", "it or a proxy asked us to wait"],
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
    `${CALLER} was not accepted by ${ADDRESS}: look for it in Zitadel's console, and make a new one if it is missing or ` +
      "has expired (Zitadel deletes the tokens of an account that is deactivated or locked, never its keys)",
  ],
};
