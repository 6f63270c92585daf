// The port that doctor uses to check each step of a run; it creates nothing.

export interface CertificateView {
  readonly host: string;
  readonly validTo: Date;
  /** Nobody but the extra CA vouches for it. */
  readonly needsExtraCa: boolean;
}

/** What the service account may do with users. */
export interface Grants {
  /** Anything at all, in the organization of the new users. */
  readonly any: boolean;
  readonly createUsers: boolean;
  readonly readUsers: boolean;
  /** To find out who has a username in an organization that it may not read. */
  readonly findUsernames: boolean;
}

export interface OrganizationView {
  readonly id: string;
  /** `untold`: the service account may not ask, or the server does not know the question. */
  readonly state: OrganizationState;
}

export type OrganizationState = "active" | "inactive" | "removed" | "untold";

/** Every function throws IdentityUnavailable, IdentityRefused or IdentityRateLimited. */
export interface IdentityInspection {
  /** @returns the server's clock less ours. Milliseconds, to the second */
  discover(): Promise<{ readonly skewMs: number }>;
  /** One for each host that is called with TLS. */
  certificates(): Promise<CertificateView[]>;
  logIn(): Promise<void>;
  /** Of the new users. */
  organization(): Promise<OrganizationView>;
  /** Asked once. @returns null where the server does not know the question */
  grants(): Promise<Grants | null>;
  close(): void;
}
