// What the identity server shows of the account that a job asks for.
import type { AttemptResult } from "./outcome.ts";

export type AccountSighting =
  /** `note`: what an operator should know of it, such as that it is locked; null: nothing. */
  | { readonly kind: "ours"; readonly zitadelUserId: string; readonly note: string | null }
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly zitadelUserId: string; readonly orgId: string }
  /**
   * `doubtful`: the server has shown nobody at all, so it may hide this account as well.
   * `nameOpen`: a refused username could not be searched for in other organizations.
   */
  | { readonly kind: "absent"; readonly doubtful: boolean; readonly nameOpen: boolean }
  | { readonly kind: "unanswered"; readonly result: Unanswered };

/**
 * In what an account with the job's id is not the job's own. `family` and `job`: its metadata names
 * another one. `age`: it is older than the job. `username`: another name, and no metadata of ours.
 */
export type Difference = "username" | "organization" | "machine" | "family" | "job" | "age";

/** Its `stop` says that the next question would meet the same. */
export type Unanswered = Extract<AttemptResult, { kind: "transient" | "blameless" }>;

export const DIFFERENCES: Readonly<Record<Difference, string>> = {
  machine: "it is a machine",
  organization: "it is not in the organization of the new accounts",
  age: "it is older than the job",
  family: "its metadata names another family",
  job: "its metadata names another job",
  username: "it has another username and no metadata of this tool",
};
