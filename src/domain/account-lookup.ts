// What the identity server shows about the account that a job should create.
import type { AttemptResult } from "./outcome.ts";

export type AccountLookup =
  /** `note`: what an operator should know about it, such as that it is locked; null: nothing. */
  | { readonly kind: "ours"; readonly zitadelUserId: string; readonly note: string | null }
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly zitadelUserId: string; readonly orgId: string }
  /**
   * `doubtful`: the server has shown no user at all, so it may hide this account, too. `nameOpen`: a refused
   * username could not be searched for in other organizations.
   */
  | { readonly kind: "absent"; readonly doubtful: boolean; readonly nameOpen: boolean }
  | { readonly kind: "unanswered"; readonly result: Unanswered };

/**
 * Why an account with the job's ID does not belong to the job. `family` and `job`: its metadata names another
 * one. `age`: it is older than the job. `username`: another name, and none of our metadata.
 */
export type Difference = "username" | "organization" | "machine" | "family" | "job" | "age";

/** Its `stop` means that the next call would fail in the same way. */
export type Unanswered = Extract<AttemptResult, { kind: "transient" | "blameless" }>;

export const DIFFERENCES: Readonly<Record<Difference, string>> = {
  machine: "it is a machine",
  organization: "it is not in the organization of the new accounts",
  age: "it is older than the job",
  family: "its metadata names another family",
  job: "its metadata names another job",
  username: "it has another username and no metadata of this tool",
};
