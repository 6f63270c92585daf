// The failures an RPC can answer with: gRPC code, text, and the id that goes into the detail.
import type { Profile } from "./settings.ts";

export const GrpcCode = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export class ApiError extends Error {
  readonly code: number;
  readonly text: string;
  /** Null: no detail and no id in the message. Empty: a detail with an empty id, as for database errors. */
  readonly id: string | null;

  constructor(code: number, id: string | null, text: string) {
    super(id === null ? text : `${text} (${id})`);
    this.code = code;
    this.id = id;
    this.text = text;
  }
}

export function invalidArgument(id: string | null, text: string): ApiError {
  return new ApiError(GrpcCode.invalidArgument, id, text);
}

/** An error that Zitadel did not make itself: a Go or database error, passed on as UNKNOWN. */
export function rawFailure(text: string): ApiError {
  return new ApiError(GrpcCode.unknown, "", text);
}

export const errors = {
  userIdExists: () =>
    new ApiError(GrpcCode.failedPrecondition, "COMMAND-7yiox1isql", "Errors.User.AlreadyExisting"),
  usernameTaken: () => new ApiError(GrpcCode.alreadyExists, "V3-DKcYh", "User already exists"),
  userNotFound: () => new ApiError(GrpcCode.notFound, "QUERY-Dfbg2", "User could not be found"),
  orgNotFound: () =>
    new ApiError(GrpcCode.failedPrecondition, "COMMAND-QXPGs", "Organisation could not be found"),
  contextOrgNotFound: () =>
    new ApiError(GrpcCode.permissionDenied, "AUTH-Bs7Ds", "Organisation doesn't exist"),
  orgUnreadable: () =>
    new ApiError(GrpcCode.notFound, "QUERY-iTTGJ", "Organisation could not be found"),
  noMembership: () => new ApiError(GrpcCode.notFound, "AUTHZ-cdgFk", "membership not found"),
  lacksPermission: (id: "AUTH-AWfge" | "AUTH-5mWD2") =>
    new ApiError(GrpcCode.permissionDenied, id, "No matching permissions found"),
  authHeaderMissing: () => new ApiError(GrpcCode.unauthenticated, null, "auth header missing"),
  authHeaderInvalid: () =>
    new ApiError(GrpcCode.unauthenticated, "AUTH-toLo1", "invalid auth header"),
  tokenInvalid: () => new ApiError(GrpcCode.unauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid"),
  instanceBlocked: () =>
    new ApiError(GrpcCode.resourceExhausted, "LIMITS-molsj", "Errors.Limits.Instance.Blocked"),
  quotaExhausted: () =>
    new ApiError(GrpcCode.resourceExhausted, "QUOTA-vjAy8", "Quota.Access.Exhausted"),
  unknownInstance: (host: string) =>
    new ApiError(
      GrpcCode.notFound,
      null,
      `${unableToSetInstance(host)}: ID=QUERY-1kIjX Message=Instance not found`,
    ),
  /** The database fails at the very first step of a request. */
  instanceUnreadable: (host: string, profile: Profile) =>
    profile === "v4"
      ? new ApiError(
          GrpcCode.notFound,
          null,
          `${unableToSetInstance(host)}: ID=QUERY-d3fas Message=An internal error occurred`,
        )
      : new ApiError(GrpcCode.internal, null, unableToSetInstance(host)),
  methodUnknown: (method: string) =>
    new ApiError(GrpcCode.unimplemented, null, `unknown method ${method}`),
};

function unableToSetInstance(host: string): string {
  return `unable to set instance using origin &{${host}   http} (ExternalDomain is 127.0.0.1)`;
}
