// `queue stats` for people: a screen that answers whether anything is wrong.
import { created, drain, spent, capped, grouped } from "./outlook.text.ts";
import chalk from "chalk";
import { span, tellMoment } from "../../domain/when.ts";
import type { Pause } from "../../queue-table/pause.sql.ts";
import type { QueueStats } from "./stats.ts";
import { type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { formatPoints, type Point } from "../../terminal/points.ts";
import { runTableOfOne } from "../../runs/runs.text.ts";

/** @param width columns to wrap at; null for one line a paragraph */
export function formatStats(stats: QueueStats, width: number | null, style: TextStyle): string {
  const { counts, impossible, stuck, breaker, workingRuns, lastRuns } = stats;
  const { now } = style;
  const point = (name: string, alarming: boolean, ...texts: string[]): Point =>
    alarming && style.color ? { name, texts, paint: chalk.red } : { name, texts };
  const points: Point[] = [
    ...(stats.pause === null ? [] : [point("Paused", true, pausedText(stats.pause, now))]),
    point("Pending", false, pending(stats, now)),
    point("Processing", stuck + stats.orphaned.jobs > 0, processing(stats, now)),
    point("Failed", counts.failed > 0, failed(stats)),
    ...(waitsForKeys(stats) ? [point("Waiting", true, keyless(stats))] : []),
    point("Completed", false, capped(stats, "completed", counts.completed)),
    ...(impossible > 0 ? [point("Impossible", true, leftAlone(stats))] : []),
    point("Breaker", isHalted(breaker), breakerText(stats, now)),
    ...(workingRuns.length > 0
      ? [point("Lock", hungRun(stats) !== undefined, lockText(stats, now))]
      : []),
    point("Created", false, created(stats)),
    point("Forecast", false, drain(stats, now), spent(stats)),
  ];
  const { text, leftOut } = runTableOfOne(lastRuns, style);
  const runs = lastRuns.length === 0 ? "no run is recorded\n" : text;
  const more = leftOut.length === 0 ? "" : " (`runs -o wide` shows more)";
  return `${formatPoints(points, width)}\nLast runs of retry-accounts${more}\n${runs}`;
}

function pausedText({ since, until, actor, reason }: Pause, now: Date): string {
  const end = until === null ? "until `queue resume`" : `until ${tellMoment(until, now)}`;
  return `${end}, since ${tellMoment(since, now)} by ${oneLine(actor)}: ${oneLine(reason)}. Runs begin no job.`;
}

function pending(stats: QueueStats, now: Date): string {
  const { counts, due, oldestDueAgeSeconds, nextDueAt, neverDue } = stats;
  if (counts.pending + due + neverDue === 0) return "0";
  const oldest =
    oldestDueAgeSeconds === null ? "" : `, the oldest for ${span(oldestDueAgeSeconds * 1000)}`;
  const next = nextDueAt === null ? "" : `; the next is due ${tellMoment(nextDueAt, now)}`;
  const never = neverDue === 0 ? "" : `; ${grouped(neverDue)} never: next_retry_at is infinity`;
  return `${grouped(counts.pending)}: ${due === 0 ? "none" : grouped(due)} due now${oldest}${next}${never}`;
}

function processing(stats: QueueStats, now: Date): string {
  const { counts, stuck } = stats;
  if (stuck === 0) return `${grouped(counts.processing)}${orphaned(stats, now)}`;
  const fate =
    hungRun(stats) === undefined
      ? ", recovered by the next run that reaches Zitadel"
      : ": no run recovers them while a run that hangs holds the lock";
  const which = `${grouped(stuck)} stuck${fate}`;
  return `${grouped(counts.processing)}: ${which}${orphaned(stats, now).replace(":", ";")}`;
}

function orphaned({ orphaned: { jobs: count, until } }: QueueStats, now: Date): string {
  if (count === 0 || until === null) return "";
  return `: ${grouped(count)} left by a run that died, recovered by a run after ${tellMoment(until, now)}`;
}

function failed({ counts, failuresByCode }: QueueStats): string {
  const codes = Object.entries(failuresByCode)
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([code, n]) => `${oneLine(code)} ${grouped(n)}`);
  const total = grouped(counts.failed);
  if (codes.length === 0) return total;
  return `${total}: ${codes.join(", ")} (\`queue errors\` shows what to do)`;
}

function waitsForKeys({ missingKeys }: QueueStats): boolean {
  return Object.keys(missingKeys ?? {}).length > 0;
}

/** A few of them: their names come from the queue, and may be many and long. */
const KEYS_SHOWN = 5;

function keyless(stats: QueueStats): string {
  const keys = Object.entries(stats.missingKeys ?? {}).sort(([, n], [, m]) => m - n);
  const shown = keys
    .slice(0, KEYS_SHOWN)
    .map(([kid, n]) => `${capped(stats, "missingKeys", n)} for key "${oneLine(kid.slice(0, 40))}"`);
  const more = keys.length > KEYS_SHOWN ? ` and ${keys.length - KEYS_SHOWN} keys more` : "";
  return `${shown.join(", ")}${more}, not in the ring: restore it (\`doctor -q\`)`;
}

function hungRun({ workingRuns }: QueueStats): QueueStats["workingRuns"][number] | undefined {
  return workingRuns.find(({ leaseEndedAt }) => leaseEndedAt !== null);
}

function lockText(stats: QueueStats, now: Date): string {
  const hung = hungRun(stats);
  const run = hung ?? stats.workingRuns[0];
  if (run === undefined) return "free";
  const { runId, host, pid, since, leaseEndedAt } = run;
  const where = host === null ? "" : ` (host ${oneLine(host)}, pid ${pid})`;
  const age = since === null ? "" : ` for ${span(now.getTime() - since.getTime())}`;
  const beside = stats.workingRuns.length > 1 ? `, and ${stats.workingRuns.length - 1} more` : "";
  const held = `held by run ${runId}${where}${age}${beside}`;
  if (leaseEndedAt === null) return held;
  const overMs = now.getTime() - leaseEndedAt.getTime();
  return `${held}; its lease ended ${span(overMs)} ago: it hangs (\`doctor -q\` shows how to end it)`;
}

function leftAlone(stats: QueueStats): string {
  const { impossible, impossibleIds: ids } = stats;
  const which = `${ids.join(", ")}${impossible > ids.length ? ", …" : ""}`;
  return `${capped(stats, "impossible", impossible)} with an unknown status or retry_count, which runs skip: ${which} (\`queue list --impossible\` shows how to fix each)`;
}

function isHalted({ openedAt, pausedUntil }: QueueStats["breaker"]): boolean {
  return openedAt !== null || pausedUntil !== null;
}

function breakerText({ breaker }: QueueStats, now: Date): string {
  const { openedAt, pausedUntil, reason } = breaker;
  const why = reason === null ? "" : `: ${oneLine(reason)}`;
  if (pausedUntil !== null)
    return `no calls to Zitadel until ${tellMoment(pausedUntil, now)}${why}`;
  return openedAt === null ? "closed" : `open since ${tellMoment(openedAt, now)}${why}`;
}
