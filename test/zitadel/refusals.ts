// Every refusal that Zitadel is known to answer a creation with, and what it means.
import type { ErrorCode } from "../../src/domain/failure.ts";

export interface Refusal {
  readonly grpcCode: number;
  /** null: no detail at all; empty: a detail whose id is empty. */
  readonly id: string | null;
  readonly text: string;
  readonly meaning: {
    readonly kind: "permanent" | "transient" | "blameless";
    readonly code: ErrorCode;
    readonly stop: "refused" | "stopped" | "unavailable" | null;
  };
}

const permanent = { kind: "permanent", code: "invalid_argument", stop: null } as const;
const transient = (code: ErrorCode) => ({ kind: "transient", code, stop: null }) as const;
const refused = (code: ErrorCode = "internal") =>
  ({ kind: "blameless", code, stop: "refused" }) as const;
const down = { kind: "blameless", code: "unavailable", stop: "unavailable" } as const;
const limited = { kind: "blameless", code: "rate_limited", stop: "stopped" } as const;

const RULES = "Errors.User.PasswordComplexityPolicy";
const UNSET_INSTANCE = "unable to set instance using origin &{id.example.com   https}";

const ROWS: readonly (readonly [number, string | null, string, Refusal["meaning"]])[] = [
  // Nobody holds the id or the name: what these then mean is that nothing was created.
  [9, "COMMAND-7yiox1isql", "Errors.User.AlreadyExisting", transient("unknown")],
  [6, "V3-DKcYh", "Errors.Internal", transient("internal")],
  [6, "V3-DKcYh", "User already exists", transient("internal")],

  [3, null, "invalid CreateUserRequest.Human: value is required", permanent],
  [3, null, "invalid CreateUserRequest.Human: embedded message failed validation", permanent],
  [3, "EMAIL-spblu", "Email is empty", permanent],
  [3, "EMAIL-599BI", "Email is invalid", permanent],
  [3, "EMAIL-599GV", "Email is invalid", permanent],
  [3, "V2-zzad3", "Errors.Invalid.Argument", permanent],
  [3, "USER-UCej2", "First name in profile is empty", permanent],
  [3, "USER-4hB7d", "Last name in profile is empty", permanent],
  [3, "PHONE-so0wa", "Phone is invalid", permanent],
  [3, "USER-Drght", "Metadata key is empty", permanent],
  [3, "USER-Dbgth", "Metadata value is empty", permanent],
  [3, "USERv2-j0z7uy", "Errors.User.Metadata.Conflicting", permanent],
  [3, "COMMA-HuJf6", `${RULES}.MinLength`, permanent],
  [3, "COMMA-co3Xw", `${RULES}.HasLower`, permanent],
  [3, "COMMA-VoaRj", `${RULES}.HasUpper`, permanent],
  [3, "COMMA-ZBv4H", `${RULES}.HasNumber`, permanent],
  [3, "COMMA-ZDLwA", `${RULES}.HasSymbol`, permanent],
  [3, "CRYPT-2xK7d", "Errors.Hash.NotSupported", permanent],
  [3, "CRYPT-5uV9n", "Errors.User.Password.Invalid", permanent],
  [3, "CRYPT-r8Qm2", "Errors.User.Password.Invalid", permanent],
  [3, "USER-JDk4t", "Errors.User.Password.NotSupported", permanent],
  [3, "COMMAND-SFd21", "Domain already reserved and not allowed", permanent],
  [9, "COMMAND-39nf2", "IDP config not existing", permanent],

  [3, "DOMAIN-oGh5e", "Errors.User.InvalidURLTemplate", refused()],
  [3, "DOMAIN-ieYa7", "Errors.User.InvalidURLTemplate", refused()],
  [3, "COMMA-095xh8fll1", "Errors.Internal", refused()],
  [9, "COMMAND-QXPGs", "Organisation could not be found", refused("invalid_argument")],
  [7, "AUTH-5mWD2", "No matching permissions found", refused()],
  [7, "AUTH-3jknH", "No matching permissions found", refused()],
  [7, "AUTH-AWfge", "No matching permissions found", refused()],
  [7, "AUTH-Swrgg2", "No matching permissions found", refused()],
  [7, "AUTH-Bs7Ds", "Organisation doesn't exist", refused()],
  [7, "AUTH-DZG21", "Errors.OriginNotAllowed", refused()],
  [5, "AUTHZ-cdgFk", "membership not found", refused()],
  [5, null, UNSET_INSTANCE, refused()],
  [5, "QUERY-1kIjX", "ID=QUERY-1kIjX Message=Instance not found", refused()],
  [5, "QUERY-d3fas", "ID=QUERY-d3fas Message=An internal error occurred", down],
  [13, "USER-Ggk9n", "Errors.Internal", refused()],
  [13, "USER-uQ96e", "Errors.Internal", refused()],
  [16, null, "auth header missing", refused()],
  [16, "AUTH-toLo1", "invalid auth header", refused()],
  [16, "AUTH-7fs1e", "Errors.Token.Invalid", refused()],

  [8, "LIMITS-molsj", "Errors.Limits.Instance.Blocked", limited],
  [8, "QUOTA-vjAy8", "Quota.Access.Exhausted", limited],

  [13, null, UNSET_INSTANCE, transient("internal")],
  [13, "", "db connection error", transient("internal")],
  [13, "SQL-KyeAx", "unable to filter events", transient("internal")],
  [13, "RECOVER", "Errors.Internal", transient("internal")],
  [2, null, UNSET_INSTANCE, transient("unknown")],
  [2, "", "timeout: context deadline exceeded", transient("unknown")],
  [1, null, "context canceled", transient("unknown")],
  [4, null, "context deadline exceeded", transient("timeout")],
  [14, null, "upstream connect error", transient("unavailable")],
];

export const REFUSALS: readonly Refusal[] = ROWS.map(([grpcCode, id, text, meaning]) => ({
  grpcCode,
  id,
  text,
  meaning,
}));
