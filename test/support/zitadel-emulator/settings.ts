// The switches of the emulated server: what a test may change while it runs, and the defaults.
import type { RpcName } from "./call-log.ts";
import type { HashVerifier } from "./hash-formats.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { ServiceAccountRole } from "./permissions.ts";

/** `v4`: as a running server of October 2025 answers; `head`: as its later source reads. */
export type Profile = "v4" | "head";

/** Zitadel's own database. `keys-unreadable`: everything works except the keys of service accounts. */
type DatabaseState = "up" | "gone" | "read-only" | "keys-unreadable";

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
  /** Changing it sets the `features` of that profile, unless they are given too. */
  readonly profile: Profile;
  readonly database: DatabaseState;
  /** Replaces fields of the discovery document; a field that is null is left out. */
  readonly discovery: Readonly<Record<string, unknown>>;
  /** What /debug/ready answers; null: what fits the database. */
  readonly readyStatus: number | null;
  /** RPCs that this server does not know. */
  readonly unknownMethods: readonly RpcName[];
  readonly latencyMs: number;
  /** How far ListUsers runs behind, on the server's clock. GetUserByID never lags. */
  readonly listLagMs: number;
  /** Time one plain password takes; paid one after the other, never in parallel. */
  readonly passwordCostMs: number;
  readonly passwordPolicy: PasswordPolicy;
  /** By organization id; these win over `passwordPolicy`. */
  readonly orgPasswordPolicies: Readonly<Record<string, PasswordPolicy>>;
  readonly hashVerifiers: readonly HashVerifier[];
  /**
   * "User login must be domain": usernames are unique per organization, login names get a suffix.
   * Switching it off makes every username `name@domain-of-the-organization`.
   */
  readonly perOrgUsernames: boolean;
  /** Verified domain -> the organization that owns it. */
  readonly verifiedDomains: Readonly<Record<string, string>>;
  readonly features: ServerFeatures;
  /** Error id -> v5 slug. A slug (it holds a dot) is sent as zitadel.error.v2.ErrorDetail. */
  readonly slugs: Readonly<Record<string, string>>;
  readonly serviceAccountRole: ServiceAccountRole;
  /**
   * Deactivating or locking it permanently deletes its personal access token; its key works again at once.
   */
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
  /** What the server calls itself behind something that ends TLS; null: `http://` and what it is called. */
  readonly externalOrigin: string | null;
}

const FEATURES: Readonly<Record<Profile, ServerFeatures>> = {
  v4: { createUser: true, orgExistsCheck: false, rootMetadata: false, hashCostBounds: false },
  head: { createUser: true, orgExistsCheck: true, rootMetadata: true, hashCostBounds: true },
};

export const DEFAULT_SETTINGS: EmulatorSettings = {
  profile: "v4",
  database: "up",
  discovery: {},
  readyStatus: null,
  unknownMethods: [],
  latencyMs: 0,
  listLagMs: 0,
  passwordCostMs: 0,
  passwordPolicy: { minLength: 8, lower: true, upper: true, number: true, symbol: true },
  orgPasswordPolicies: {},
  hashVerifiers: ["bcrypt"],
  perOrgUsernames: false,
  verifiedDomains: {},
  features: FEATURES.v4,
  slugs: {},
  serviceAccountRole: "user-manager",
  serviceAccountActive: true,
  serviceKeyValid: true,
  accessTokenLifetimeMs: 43_200_000,
  clockOffsetMs: 0,
  instanceBlocked: false,
  quotaExhausted: false,
  extraAuthorities: [],
  externalOrigin: null,
};

/** `features` may be given in part; every other key replaces the whole value. */
export type SettingsChange = Partial<Omit<EmulatorSettings, "features">> & {
  readonly features?: Partial<ServerFeatures>;
};

export function changeSettings(from: EmulatorSettings, change: SettingsChange): EmulatorSettings {
  const features = change.profile === undefined ? from.features : FEATURES[change.profile];
  return { ...from, ...change, features: { ...features, ...change.features } };
}
