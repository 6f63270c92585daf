// Counts the jobs that a filter matches and `queue verify` leaves out: by default it asks only for failed
// ones.
import { JOB_STATUSES, type JobStatus } from "../../domain/job.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { countMatching } from "../../queue-table/count-matching.ts";
import type { JobChoice } from "../selection/selection.ts";
import { countJobs } from "../selection/selection.sql.ts";

/** @returns sentences for people; null if the jobs were named, or if the filter names a status */
export async function describeNotAsked(choice: JobChoice, lock: HeldLock): Promise<string | null> {
  if ("ids" in choice || choice.ofAnyStatus !== true) return null;
  const { filter } = choice;
  const found: { status: JobStatus; text: string }[] = [];
  for (const status of JOB_STATUSES.filter((each) => !filter.statuses.includes(each))) {
    const request = { ...choice, filter: { ...filter, statuses: [status] } };
    const matching = await countMatching(lock, (most) => countJobs(lock, request, most));
    if (matching === null) found.push({ status, text: `${status} (not counted)` });
    else if (matching.count > 0) {
      const { count, capped } = matching;
      found.push({
        status,
        text: `${count.toLocaleString("en-US")}${capped ? "+" : ""} ${status}`,
      });
    }
  }
  if (found.length === 0) return null;
  const statuses = found.map(({ status }) => status).join(" ");
  return (
    `Not asked for, though they match: ${found.map(({ text }) => text).join(", ")}. ` +
    `To ask for them, add --status ${statuses}`
  );
}
