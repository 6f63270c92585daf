// The port that doctor uses to check each step of a run; it creates nothing.

export interface CertificateView {
  readonly host: string;
  readonly validTo: Date;
  /** Only the extra CA makes it trusted. */
  readonly needsExtraCa: boolean;
}

/** What the service account may do with users. */
export interface Grants {
  /** Any permission at all in the organization of the new users. */
  readonly any: boolean;
  readonly createUsers: boolean;
  readonly readUsers: boolean;
  /** Allows finding who has a username in an organization that the account may not read. */
  readonly findUsernames: boolean;
}

export interface OrganizationView {
  readonly id: string;
  /** `untold`: the service account may not ask, or the server does not know the call. */
  readonly state: OrganizationState;
}

export type OrganizationState = "active" | "inactive" | "removed" | "untold";

/** Every function throws IdentityUnavailable, IdentityRefused or IdentityRateLimited. */
export interface IdentityInspection {
  /** @returns the server's clock minus ours in milliseconds, rounded to seconds */
  discover(): Promise<{ readonly skewMs: number }>;
  /** One for each host that is called with TLS. */
  certificates(): Promise<CertificateView[]>;
  logIn(): Promise<void>;
  /** The organization of the new users. */
  organization(): Promise<OrganizationView>;
  /**
   * Asked once.
   * @returns null if the server does not know the call
   */
  grants(): Promise<Grants | null>;
  close(): void;
}
