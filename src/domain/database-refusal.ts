// How a job shows that FamilyHub's database refused to store its result: by the message, because the code is
// `internal`.
import type { Advice } from "./cause.ts";

export const ACCOUNT_REFUSED = "FamilyHub's database refused to store the account";
export const RESULT_REFUSED = "Postgres refused to store the result of this attempt";

/** How the message of such a job begins. */
export const DATABASE_REFUSALS: readonly string[] = [ACCOUNT_REFUSED, RESULT_REFUSED];

export function wasRefusedByDatabase(message: string | null): boolean {
  return DATABASE_REFUSALS.some((beginning) => message?.startsWith(beginning) === true);
}

/**
 * Runs keep trying, but only a person can fix it.
 * @param retry which command tries the job again after that
 */
export function adviceOnRefusal(retry: "queue requeue" | "retry-accounts --job"): Advice {
  return {
    suggestion: "look",
    first: "once the database accepts the row",
    advice: `fix the row or the rule: docs/runbook.md, "The database refuses a row"; then \`${retry}\``,
  };
}
