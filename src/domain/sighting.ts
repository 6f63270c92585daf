// What the identity server shows of the account that a job asks for.
import type { AttemptResult } from "./outcome.ts";

export type AccountSighting =
  | { readonly kind: "ours"; readonly zitadelUserId: string }
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly zitadelUserId: string }
  /** `doubtful`: the server has shown nobody at all, so it may hide this account as well. */
  | { readonly kind: "absent"; readonly doubtful: boolean }
  | { readonly kind: "unanswered"; readonly result: Unanswered };

/** In what an account with the job's id is not the one that the job asks for. */
export type Difference = "username" | "organization" | "machine";

/** Its `stop` says that the next question would meet the same. */
export type Unanswered = Extract<AttemptResult, { kind: "transient" | "blameless" }>;
