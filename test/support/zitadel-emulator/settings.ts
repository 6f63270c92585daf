// The switches of the emulated server: what a test may change while it runs, and the defaults.
import type { HashVerifier } from "./hash-formats.ts";
import type { PasswordPolicy } from "./password-policy.ts";

type ServiceAccountRole =
  | "user-manager" // user.read and user.write in the target organization
  | "read-only" // a membership there that lacks user.write
  | "no-membership" // neither on the instance nor in the organization
  | "instance-manager"; // user.read and user.write in every organization

interface ServerFeatures {
  /** False: CreateUser is an unknown method, as on servers before v4. */
  readonly createUser: boolean;
  /** Servers since v4.13 refuse an unknown organization; older ones create an orphan. */
  readonly orgExistsCheck: boolean;
  /** Servers since v4.13 read CreateUserRequest.metadata (field 6). */
  readonly rootMetadata: boolean;
  /** True: hashes are parsed and their cost is bounded (CRYPT-…); false: prefix check (USER-JDk4t). */
  readonly hashCostBounds: boolean;
}

export interface EmulatorSettings {
  readonly latencyMs: number;
  /** How far ListUsers runs behind, on the server's clock. GetUserByID never lags. */
  readonly listLagMs: number;
  /** Time one plain password takes; paid one after the other, never in parallel. */
  readonly passwordCostMs: number;
  readonly passwordPolicy: PasswordPolicy;
  /** By organization id; these win over `passwordPolicy`. */
  readonly orgPasswordPolicies: Readonly<Record<string, PasswordPolicy>>;
  readonly hashVerifiers: readonly HashVerifier[];
  /** "User login must be domain": usernames are unique per organization, login names get a suffix. */
  readonly perOrgUsernames: boolean;
  /** Verified domain -> the organization that owns it. */
  readonly verifiedDomains: Readonly<Record<string, string>>;
  readonly features: ServerFeatures;
  /** Error id -> v5 slug. A slug (it holds a dot) is sent as zitadel.error.v2.ErrorDetail. */
  readonly slugs: Readonly<Record<string, string>>;
  readonly serviceAccountRole: ServiceAccountRole;
  readonly serviceAccountActive: boolean;
  /** False: the key was removed or has expired. */
  readonly serviceKeyValid: boolean;
  readonly accessTokenLifetimeMs: number;
  /** Server clock minus real clock. */
  readonly clockOffsetMs: number;
  readonly instanceBlocked: boolean;
  readonly quotaExhausted: boolean;
  /** host[:port] values that are instance domains too, besides the server's own. */
  readonly extraAuthorities: readonly string[];
}

export const DEFAULT_SETTINGS: EmulatorSettings = {
  latencyMs: 0,
  listLagMs: 0,
  passwordCostMs: 0,
  passwordPolicy: { minLength: 8, lower: true, upper: true, number: true, symbol: true },
  orgPasswordPolicies: {},
  hashVerifiers: ["bcrypt"],
  perOrgUsernames: false,
  verifiedDomains: {},
  features: { createUser: true, orgExistsCheck: true, rootMetadata: true, hashCostBounds: true },
  slugs: {},
  serviceAccountRole: "user-manager",
  serviceAccountActive: true,
  serviceKeyValid: true,
  accessTokenLifetimeMs: 43_200_000,
  clockOffsetMs: 0,
  instanceBlocked: false,
  quotaExhausted: false,
  extraAuthorities: [],
};

/** `features` may be given in part; every other key replaces the whole value. */
export type SettingsChange = Partial<Omit<EmulatorSettings, "features">> & {
  readonly features?: Partial<ServerFeatures>;
};

export function changeSettings(from: EmulatorSettings, change: SettingsChange): EmulatorSettings {
  return { ...from, ...change, features: { ...from.features, ...change.features } };
}
