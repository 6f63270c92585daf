// What a run prints to stderr in addition to its summary: what an operator must do.
import { DRY_RUN } from "../runs/ledger.sql.ts";
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { lasting } from "../runs/incident-update.text.ts";
import type { RetryReport } from "./retry-accounts.ts";

export interface AskedFor {
  /** As typed; undefined without --job. */
  readonly job: string | undefined;
  /** The ID of that job if it is not waiting. */
  readonly missingId: string | null;
}

/** @returns sentences without the program's name, in reading order */
export function remarks(
  { counts, outcome, reason, incident }: RetryReport,
  { job, missingId }: AskedFor,
  keySource: string,
): string[] {
  const { missingKeys, deletedMeanwhile } = counts;
  const said: string[] = [];
  if (missingKeys.length > 0 && incident?.kind !== "known") {
    said.push(
      `waiting jobs need password keys that ${keySource} lacks: ${namedKeys(missingKeys)}. ` +
        `Restore them to the ring; the other jobs were processed${lasting(incident)}.`,
    );
  }
  if (missingId !== null) {
    said.push(
      `no waiting job has the ID ${missingId}: \`queue list\` shows the jobs, ` +
        "`queue requeue` retries a failed one.",
    );
  }
  if (deletedMeanwhile > 0) {
    said.push(
      `${deletedMeanwhile} of the jobs were deleted while Zitadel created their accounts: ` +
        'see docs/runbook.md, "FamilyHub changed a job during a run".',
    );
  }
  if (reason?.startsWith(`${DRY_RUN}; `) === true) {
    said.push(`${reason.slice(DRY_RUN.length + 2)}. No run starts a job before then.`);
  }
  if (job !== undefined && outcome === "paused") {
    said.push(
      `job ${job} was not tried: the queue is ${reason}. To try it all the same, ask who paused the queue first, then add --force.`,
    );
  }
  return said;
}
