// What is thrown where the audit does not take what an operator did.
import { EXIT } from "../exit-codes.ts";
import { ExpectedError } from "../errors.ts";
import { RowRefused } from "../postgres/row-refused.ts";

/** What the audit refuses to hold is the fault of no job, and would be refused for each of them. */
export function orAuditRefused(error: unknown): never {
  if (error instanceof RowRefused && error.table === "family_hub_jobs.operator_actions") {
    throw new ExpectedError(EXIT.fault, error.message);
  }
  throw error;
}
