// The one port to the identity server: what a run needs of it, in no vendor's terms.
import type { AttemptResult } from "../domain/outcome.ts";
import type { AccountSighting } from "../domain/sighting.ts";
import type { Secret } from "../secret.ts";

/** `hash` is one that the identity server can verify: then nobody but the owner knows the password. */
export interface PasswordMaterial {
  readonly kind: "password" | "hash";
  readonly value: Secret;
}

export interface NewAccount {
  /** The job's id becomes the user's id, so that a repeated attempt cannot create a second account. */
  readonly id: string;
  readonly username: string;
  readonly fullName: string;
  readonly familyId: string;
  readonly password: PasswordMaterial;
}

export interface IdentityProvider {
  /**
   * Makes sure that calls can be made, without creating anything. Safe to call again.
   * @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited
   */
  connect(): Promise<void>;
  /** A call that changes nothing and charges nobody. @throws as `connect` when it is not answered */
  probe(): Promise<void>;
  /**
   * Creates the account, or finds that an earlier attempt did. Never throws for what the server
   * answers. On the `lastTry` every unclear answer is followed by a question for the account.
   */
  createAccount(account: NewAccount, lastTry: boolean): Promise<AttemptResult>;
  /** Read-only: adopts the account if a dead run had created it, else returns `transient`. */
  adoptAccount(account: Pick<NewAccount, "id" | "username">): Promise<AttemptResult>;
  /**
   * Read-only: whether the account of a job exists, by the same judgement as adoption, and if not,
   * who bears its username. Never throws for what the server answers.
   */
  verifyAccount(account: Pick<NewAccount, "id" | "username">): Promise<AccountSighting>;
  close(): void;
}
