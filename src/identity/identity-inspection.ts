// The doctor's port to the identity server: it looks at each step that a run takes, and creates nothing.

export interface Discovery {
  /** As the server names itself; null where it does not. */
  readonly issuer: string | null;
  /** The server's clock less ours. Milliseconds, to the second. */
  readonly skewMs: number;
}

export interface CertificateView {
  readonly host: string;
  readonly validTo: Date;
  /** Nobody but the extra CA vouches for it. */
  readonly needsExtraCa: boolean;
}

export type CreatePermission =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly why: string }
  /** It cannot be told without creating an account. */
  | { readonly kind: "untold"; readonly why: string };

/** Every function throws IdentityUnavailable, IdentityRefused or IdentityRateLimited. */
export interface IdentityInspection {
  discover(): Promise<Discovery>;
  /** One for each host that is called with TLS. */
  certificates(): Promise<CertificateView[]>;
  logIn(): Promise<void>;
  /** Makes a call that changes nothing. @returns the organization of the new users */
  organization(): Promise<string>;
  /** Users of the organization that may be read, the service account itself left out: one at the most is looked for. */
  seesUsers(): Promise<boolean>;
  /** Asked once. */
  mayCreate(): Promise<CreatePermission>;
  close(): void;
}
