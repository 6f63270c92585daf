// `queue stats` for people: a screen that shows whether anything is wrong.
import { requeued } from "./requeued.text.ts";
import { created, drain, spent, capped, grouped } from "./outlook.text.ts";
import chalk from "chalk";
import { span, formatMoment } from "../../domain/when.ts";
import { resumeAdvice, type Pause } from "../../queue-table/pause.sql.ts";
import type { QueueStats } from "./stats.ts";
import { type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { formatPoints, type Point } from "../../terminal/points.ts";
import { runTableOfOne } from "../../runs/runs-table.text.ts";

/**
 * Shows problems first, and leaves out what does not apply.
 * @param width columns to wrap at; null for one line a paragraph
 */
export function formatStats(stats: QueueStats, width: number | null, style: TextStyle): string {
  const points = [...alarms(stats, style.now), ...work(stats, style.now)].map((point) =>
    style.color ? point : { name: point.name, texts: point.texts },
  );
  const { text, leftOut } = runTableOfOne(stats.lastRuns, style);
  const runs = stats.lastRuns.length === 0 ? "no run is recorded\n" : text;
  const more = leftOut.length === 0 ? "" : " (`runs -o wide` shows more)";
  return `${formatPoints(points, width)}\nLast runs of retry-accounts${more}\n${runs}`;
}

function alarms(stats: QueueStats, now: Date): Point[] {
  const { counts, impossible, stuck, pause, orphaned: left } = stats;
  const breaker = breakerText(stats, now);
  const alarm = (name: string, ...texts: string[]): Point => ({ name, texts, paint: chalk.red });
  return [
    ...(pause === null ? [] : [alarm("Paused", pausedText(pause, now))]),
    ...(breaker === null ? [] : [alarm("Breaker", breaker)]),
    ...(hungRun(stats) === undefined ? [] : [alarm("Lock", lockText(stats, now))]),
    ...(stats.lockHeldBy === null ? [] : [alarm("Lock", foreignText(stats.lockHeldBy))]),
    ...(waitsForKeys(stats) ? [alarm("Waiting", keyless(stats))] : []),
    ...(stuck + left.jobs > 0 ? [alarm("Processing", processing(stats, now))] : []),
    ...(impossible > 0 ? [alarm("Impossible", leftAlone(stats))] : []),
    ...requeued(stats, now, "recent").map((text) => alarm("Requeued", text)),
    ...(counts.failed > 0 ? [alarm("Failed", failed(stats))] : []),
  ];
}

function work(stats: QueueStats, now: Date): Point[] {
  const { counts, due, neverDue, workingRuns, stuck, orphaned: left } = stats;
  const point = (name: string, ...texts: string[]): Point[] =>
    texts.length === 0 ? [] : [{ name, texts }];
  const waiting = counts.pending + due + neverDue;
  const idle = waiting + counts.processing + counts.failed === 0;
  const held = workingRuns.length > 0 && hungRun(stats) === undefined;
  const processed = counts.processing > 0 && stuck + left.jobs === 0;
  return [
    ...(idle ? point("Queue", "No job is waiting, and none has failed.") : []),
    ...(waiting > 0 ? point("Pending", pending(stats, now)) : []),
    ...(processed ? point("Processing", grouped(counts.processing)) : []),
    ...(held ? point("Lock", lockText(stats, now)) : []),
    ...requeued(stats, now, "older").flatMap((text) => point("Requeued", text)),
    ...(counts.completed > 0
      ? point("Completed", capped(stats, "completed", counts.completed))
      : []),
    ...point("Created", ...created(stats)),
    ...point("Forecast", ...drain(stats, now), ...spent(stats)),
  ];
}

/** Another program holds the lock, so runs end without printing anything. */
function foreignText(who: string): string {
  return `held by ${oneLine(who)}, which is not a run of this tool: no run can start (\`doctor -q\` shows how to end it)`;
}

function pausedText({ since, until, actor, reason }: Pause, now: Date): string {
  const end = until === null ? "until `queue resume`" : `until ${formatMoment(until, now)}`;
  const who = oneLine(actor);
  return `${end}, since ${formatMoment(since, now)} by ${who}: ${oneLine(reason)}. Runs start no job. To continue: ${resumeAdvice(who)}.`;
}

function pending(stats: QueueStats, now: Date): string {
  const { counts, due, oldestDueAgeSeconds, nextDueAt, neverDue, refusedByDatabase } = stats;
  const oldest =
    oldestDueAgeSeconds === null ? "" : `, the oldest for ${span(oldestDueAgeSeconds * 1000)}`;
  const next = nextDueAt === null ? "" : `; the next is due ${formatMoment(nextDueAt, now)}`;
  const never =
    neverDue === 0 ? "" : `; ${grouped(neverDue)} never due (next_retry_at is infinity)`;
  const refused =
    refusedByDatabase === 0
      ? ""
      : `; ${grouped(refusedByDatabase)} refused by the database (\`queue errors\`)`;
  return `${grouped(counts.pending)}: ${due === 0 ? "none" : grouped(due)} due now${oldest}${next}${never}${refused}`;
}

function processing(stats: QueueStats, now: Date): string {
  const { counts, stuck } = stats;
  if (stuck === 0) return `${grouped(counts.processing)}${orphaned(stats, now)}`;
  const recovery =
    hungRun(stats) === undefined
      ? ", recovered by the next run that reaches Zitadel"
      : ": no run recovers them while a run that hangs holds the lock";
  const which = `${grouped(stuck)} stuck${recovery}`;
  return `${grouped(counts.processing)}: ${which}${orphaned(stats, now).replace(":", ";")}`;
}

function orphaned({ orphaned: { jobs: count, until } }: QueueStats, now: Date): string {
  if (count === 0 || until === null) return "";
  return `: ${grouped(count)} left by a run that died, recovered by a run after ${formatMoment(until, now)}`;
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

/** Only some of them: names come from the queue, and may be many and long. */
const KEYS_SHOWN = 5;

function keyless(stats: QueueStats): string {
  const keys = Object.entries(stats.missingKeys ?? {}).sort(([, n], [, m]) => m - n);
  const shown = keys
    .slice(0, KEYS_SHOWN)
    .map(([kid, n]) => `${capped(stats, "missingKeys", n)} for key "${oneLine(kid.slice(0, 40))}"`);
  const more = keys.length > KEYS_SHOWN ? ` and ${keys.length - KEYS_SHOWN} keys more` : "";
  return `${shown.join(", ")}${more}, not in the ring: restore it (\`doctor -q\`); \`queue list --key ID\` lists the jobs`;
}

function hungRun({ workingRuns }: QueueStats): QueueStats["workingRuns"][number] | undefined {
  return workingRuns.find(({ hangs }) => hangs);
}

function lockText(stats: QueueStats, now: Date): string {
  const hung = hungRun(stats);
  const run = hung ?? stats.workingRuns[0];
  if (run === undefined) return "free";
  const { runId, host, pid, since, leaseEndedAt } = run;
  const where = host === null ? "" : ` (host ${oneLine(host)}, pid ${pid})`;
  const age = since === null ? "" : ` for ${span(now.getTime() - since.getTime())}`;
  const others = stats.workingRuns.length > 1 ? `, and ${stats.workingRuns.length - 1} more` : "";
  const held = `held by run ${runId}${where}${age}${others}`;
  if (hung === undefined) return held;
  const sign =
    leaseEndedAt === null
      ? "it processes no job"
      : `its lease ended ${span(now.getTime() - leaseEndedAt.getTime())} ago`;
  return `${held}; ${sign}: it hangs (\`doctor -q\` shows how to end it)`;
}

function leftAlone(stats: QueueStats): string {
  const { impossible, impossibleIds: ids } = stats;
  const which = `${ids.join(", ")}${impossible > ids.length ? ", …" : ""}`;
  return `${capped(stats, "impossible", impossible)} with an unknown status or retry_count, which runs skip: ${which} (\`queue list --impossible\` shows how to fix each)`;
}

/** null while it is closed. */
function breakerText({ breaker }: QueueStats, now: Date): string | null {
  const { openedAt, pausedUntil, reason } = breaker;
  const why = reason === null ? "" : `: ${oneLine(reason)}`;
  if (pausedUntil !== null)
    return `no calls to Zitadel until ${formatMoment(pausedUntil, now)}${why}`;
  return openedAt === null ? null : `open since ${formatMoment(openedAt, now)}${why}`;
}
