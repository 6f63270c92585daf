// The port to the identity server: what a run needs, independent of the vendor.
import type { AttemptResult } from "../domain/outcome.ts";
import type { AccountLookup } from "../domain/account-lookup.ts";
import type { Secret } from "../secret.ts";

/** `hash` is one that the identity server can verify: then only the owner knows the password. */
export interface PasswordMaterial {
  readonly kind: "password" | "hash";
  readonly value: Secret;
}

/** Shows whether an account belongs to a job. */
export interface AccountClaim {
  /** The job's ID becomes the user's ID, so that a repeated attempt cannot create a second account. */
  readonly id: string;
  readonly username: string;
  readonly familyId: string;
  /** The job's creation, by the database's clock: an older account is not the job's. */
  readonly createdAt: Date;
}

export interface NewAccount extends AccountClaim {
  readonly fullName: string;
  readonly password: PasswordMaterial;
}

export interface IdentityProvider {
  /**
   * Makes sure that calls are possible, without creating anything. Can be repeated.
   * @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited
   */
  connect(): Promise<void>;
  /**
   * Makes sure that the owner of a new account could sign in. Read-only.
   * @throws IdentityRefused if not, otherwise as `connect`
   */
  checkOrganization(): Promise<void>;
  /** Whether the expected server has answered at all, so its address is right. */
  hasAnswered(): boolean;
  /**
   * A call that changes nothing and uses up no retry.
   * @throws as `connect` if it is not answered
   */
  probe(): Promise<void>;
  /**
   * Creates the account, or finds that an earlier attempt did. Never throws for an answer of the server. On
   * the `lastTry` it looks the account up after every unclear answer.
   */
  createAccount(account: NewAccount, lastTry: boolean): Promise<AttemptResult>;
  /** Read-only: adopts the account if a dead run created it, otherwise returns `transient`. */
  adoptAccount(account: AccountClaim): Promise<AttemptResult>;
  /**
   * Read-only: whether the account of a job exists, by the same rules as adoption, and if not, who has its
   * username. Never throws for an answer of the server.
   * @param nameRefused the server refused the username before: then other organizations are searched, too
   */
  verifyAccount(account: AccountClaim, nameRefused: boolean): Promise<AccountLookup>;
  close(): void;
}
