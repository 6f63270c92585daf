// The port to the identity server: what a run needs, independent of the vendor.
import type { AttemptResult } from "../domain/outcome.ts";
import type { AccountSighting } from "../domain/sighting.ts";
import type { Secret } from "../secret.ts";

/** `hash` is one that the identity server can verify: then nobody but the owner knows the password. */
export interface PasswordMaterial {
  readonly kind: "password" | "hash";
  readonly value: Secret;
}

/** By what an account is known to be a job's own. */
export interface AccountClaim {
  /** The job's id becomes the user's id, so that a repeated attempt cannot create a second account. */
  readonly id: string;
  readonly username: string;
  readonly familyId: string;
  /** Of the job, by the database's clock: an account that is older is not the job's. */
  readonly createdAt: Date;
}

export interface NewAccount extends AccountClaim {
  readonly fullName: string;
  readonly password: PasswordMaterial;
}

export interface IdentityProvider {
  /**
   * Makes sure that calls can be made, without creating anything. Safe to call again.
   * @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited
   */
  connect(): Promise<void>;
  /**
   * Makes sure that somebody could sign in to a new account. Read-only.
   * @throws IdentityRefused when nobody could, else as `connect`
   */
  checkOrganization(): Promise<void>;
  /** Whether it has answered at all as the server that it should be: its address is right. */
  hasAnswered(): boolean;
  /** A call that changes nothing and charges nobody. @throws as `connect` when it is not answered */
  probe(): Promise<void>;
  /**
   * Creates the account, or finds that an earlier attempt did. Never throws for what the server
   * answers. On the `lastTry` every unclear answer is followed by a question for the account.
   */
  createAccount(account: NewAccount, lastTry: boolean): Promise<AttemptResult>;
  /** Read-only: adopts the account if a dead run had created it, else returns `transient`. */
  adoptAccount(account: AccountClaim): Promise<AttemptResult>;
  /**
   * Read-only: whether the account of a job exists, by the same judgement as adoption, and if not,
   * who has its username. Never throws for what the server answers.
   * @param nameRefused the server has refused the username before: then other organizations are
   *   searched for it as well
   */
  verifyAccount(account: AccountClaim, nameRefused: boolean): Promise<AccountSighting>;
  close(): void;
}
