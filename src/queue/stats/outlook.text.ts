// The forecast of `queue stats`: how long a backlog takes, and which jobs may fail within the hour.
import type { Obstacle } from "../../domain/forecast.ts";
import { span, formatMoment } from "../../domain/when.ts";
import { lastSign } from "../../runs/runs.sql.ts";
import type { CappedName, QueueStats } from "./stats.ts";
import { sparkline } from "./sparkline.text.ts";

/** Empty if there was none. */
export function created(stats: QueueStats): string[] {
  const numbers = stats.createdByHour.map(({ created: n }) => n);
  const total = numbers.reduce((sum, n) => sum + n, 0);
  if (total === 0) return [];
  return [`${sparkline(numbers)}  ${capped(stats, "createdByHour", total)} in the last 24 hours`];
}

/** Empty if no job is due. */
export function drain(stats: QueueStats, now: Date): string[] {
  const { due, forecast } = stats;
  if (due === 0) return [];
  const which = `the ${jobs(due)} due now`;
  if (forecast.drainedAt !== null) {
    const pace = `the pace of the last runs (${forecast.jobsPerSecond} jobs a second)`;
    return [`At ${pace}, ${which} will be processed by ${formatMoment(forecast.drainedAt, now)}.`];
  }
  return [`It is unknown when ${which} will be processed: ${whyUnknown(stats, now)}`];
}

function whyUnknown(stats: QueueStats, now: Date): string {
  const { obstacles } = stats.forecast;
  if (obstacles.length === 0) return "no run had work in the last day.";
  const said = obstacles.map((obstacle) => obstacleText(obstacle, stats, now)).join("; ");
  // The known obstacle may be the reason: then the question would mislead.
  return obstacles[0] === "no_run_begins" ? `${said}. Is it scheduled?` : `${said}.`;
}

function obstacleText(
  obstacle: Obstacle,
  { lastRuns: [newest], missingKeys }: QueueStats,
  now: Date,
): string {
  switch (obstacle) {
    case "run_hangs":
      return "a run that hangs holds the lock";
    case "lock_held":
      return "the lock is held, so no run can start";
    case "queue_paused":
      return "the queue is paused";
    case "zitadel_unwell":
      return "Zitadel is not healthy";
    case "last_run_failed":
      return `the last run of retry-accounts ended as ${newest?.outcome ?? "failed"} (\`doctor -q\` has the fix)`;
    case "key_missing": {
      const waiting = Object.values(missingKeys ?? {}).reduce((sum, n) => sum + n, 0);
      return `${grouped(waiting)} wait${waiting === 1 ? "s" : ""} for a key`;
    }
    case "no_run_begins":
      return newest === undefined
        ? "no run of retry-accounts is recorded"
        : `retry-accounts last ran ${span(now.getTime() - lastSign(newest))} ago`;
    default:
      return obstacle satisfies never;
  }
}

/** Empty if no job comes to its last retry and there is no outage. */
export function spent(stats: QueueStats): string[] {
  const { spentWithinHour } = stats.forecast;
  const outage = usesNoRetries(stats);
  const safe = outage ? ["While Zitadel is unreachable, no job uses up a retry."] : [];
  if (spentWithinHour === 0) return safe;
  const then = outage ? "it answers" : "Zitadel keeps answering";
  const risk = `If ${then} with errors, ${jobs(spentWithinHour)} will fail permanently within the hour.`;
  return [[...safe, risk].join(" ")];
}

/** Judged by the last run of the outage: no job used up a retry in it. */
function usesNoRetries({ breaker, lastRuns: [newest] }: QueueStats): boolean {
  const { retried = 0, failed: spentJobs = 0 } = newest?.counts ?? {};
  const met = breaker.openedAt !== null && newest?.outcome === "unavailable";
  return met && retried + spentJobs === 0;
}

export function capped(stats: QueueStats, what: CappedName, n: number): string {
  return `${grouped(n)}${stats.capped.includes(what) ? "+" : ""}`;
}

function jobs(n: number): string {
  return `${grouped(n)} job${n === 1 ? "" : "s"}`;
}

export function grouped(n: number): string {
  return n.toLocaleString("en-US");
}
