// The error to throw if the audit log refuses an operator's action.
import { EXIT } from "../exit-codes.ts";
import { ExpectedError } from "../errors.ts";
import { RowRefused } from "../postgres/row-refused.ts";

/** An entry that the audit log refuses is no fault of a job, and would be refused for every job. */
export function orAuditRefused(error: unknown): never {
  if (error instanceof RowRefused && error.table === "family_hub_jobs.operator_actions") {
    throw new ExpectedError(EXIT.fault, error.message);
  }
  throw error;
}
