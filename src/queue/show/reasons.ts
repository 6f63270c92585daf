// Why a job is not running now: everything that prevents an attempt, the nearest first.
import { MAX_RETRIES } from "../../domain/job.ts";
import type { NoNextStep } from "../../domain/next-step.ts";
import { formatMoment } from "../../domain/when.ts";
import { lastSign } from "../../runs/runs.sql.ts";
import { fixFor } from "../../queue-table/impossible-rows.sql.ts";
import type { JobFacts } from "./facts.ts";
import { held, stuck } from "./holder.ts";
import { lastingObstacles, pausedByOperator, working, zitadel } from "./obstacles.ts";
import { because, reason, retryOf, type Reason } from "./reason.ts";

export function whyNotNow(facts: JobFacts): Reason[] {
  const { step } = facts;
  switch (step.what) {
    case "nothing":
      return [standstill(step.why, facts)];
    case "settle":
      return [held(step.at, facts)];
    case "rescue":
      return [
        stuck(step.at, facts),
        ...pausedByOperator(facts),
        ...zitadel(facts),
        ...working(facts),
      ];
    case "try":
      return [
        step.due ? due(step.at, facts) : scheduled(step.at, facts),
        ...pausedByOperator(facts),
        ...zitadel(facts),
        ...(step.due ? working(facts) : []),
        ...lastingObstacles(facts),
      ];
    default:
      return step satisfies never;
  }
}

function standstill(why: NoNextStep, facts: JobFacts): Reason {
  const { job, now, password } = facts;
  const at = job.completedAt ?? job.updatedAt;
  const user = job.zitadelUserId === null ? "" : ` as Zitadel user ${job.zitadelUserId}`;
  const since = formatMoment(job.updatedAt, now);
  switch (why) {
    case "completed":
      return reason(
        "completed",
        `It is done: its account has existed since ${formatMoment(at, now)}${user}.`,
      );
    case "canceled":
      return reason(
        "canceled",
        `An operator canceled it at ${since}, and its password was erased.`,
      );
    case "failed":
    case "erased": {
      const erased = password === "erased" ? " Its password has been erased." : "";
      return reason("failed", `It failed permanently at ${since}${lastError(facts)}.${erased}`);
    }
    case "never":
      return reason(
        "never",
        "Its next_retry_at is infinity, so it is never due. Set next_retry_at in the database, " +
          `or cancel the job permanently: \`fhj queue cancel ${job.id}\`.`,
      );
    case "left_alone":
      return leftAlone(facts);
    default:
      return why satisfies never;
  }
}

function lastError({ job: { lastErrorCode, lastErrorMessage } }: JobFacts): string {
  const parts = [lastErrorCode, lastErrorMessage?.replace(/\.$/, "")].filter(Boolean);
  return parts.length === 0 ? "; no cause was recorded" : `: ${parts.join(": ")}`;
}

function leftAlone({ job }: JobFacts): Reason {
  const { status, retryCount } = job;
  const possible = retryCount >= 0 && retryCount <= MAX_RETRIES;
  const fix = `Runs skip it until the row is fixed, for example with: ${fixFor(job)};`;
  return possible
    ? reason("unknown_status", `Its status is "${status}", which this tool does not know. ${fix}`)
    : reason(
        "impossible_retry_count",
        `Its retry_count is ${retryCount}, outside 0 to ${MAX_RETRIES}. ${fix}`,
      );
}

function scheduled(at: Date | null, { job, now, schedule }: JobFacts): Reason {
  const time = at === null ? "later" : formatMoment(at, now);
  const what =
    job.retryCount === 0 ? "It is postponed" : `It waits for ${retryOf(job.retryCount, schedule)}`;
  return reason("scheduled", `${what} until ${time}.`);
}

/** A minute is the usual interval: after this time, something is wrong with the schedule. */
const LATE_MS = 15 * 60_000;

function due(at: Date | null, facts: JobFacts): Reason {
  const { now, job, working: runs } = facts;
  const since = formatMoment(at ?? job.createdAt, now);
  const waits = `It has been due since ${since}. It waits for a run of retry-accounts.`;
  return reason("due", runs.length > 0 ? waits : `${waits} ${lastRunOf(facts)}`);
}

const HOW = {
  running: "is still at work",
  died: "died before it recorded how it ended",
} as const;

function lastRunOf({ lastRun, now, breaker, pause, missingKey }: JobFacts): string {
  if (lastRun === null) return "No run is recorded yet: is it scheduled?";
  const { startedAt, outcome, reason: why } = lastRun;
  // The breaker's own reason already contains it.
  const said = why === breaker.reason ? null : why;
  const how = HOW[outcome as keyof typeof HOW] ?? `ended ${outcome}`;
  // The known obstacle is already reported: a question about the schedule would mislead.
  const halted = breaker.openedAt !== null || breaker.pausedUntil !== null;
  const explained = halted || pause !== null || missingKey !== null;
  const isLate = now.getTime() - lastSign(lastRun) > LATE_MS;
  const late = isLate && !explained ? " Is it still scheduled?" : "";
  return `The last run started at ${formatMoment(startedAt, now)} and ${how}${because(said)}.${late}`;
}
