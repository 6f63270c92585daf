// The metrics of a run in Prometheus's text format.
import { Gauge, Registry } from "prom-client";
import { COUNT_CAP } from "../queue-table/counts.sql.ts";
import type { QueueSample } from "../runs/sample-queue.ts";

export interface RunMetrics {
  readonly command: string;
  /** Such as 2/8; null for a run over the whole queue. */
  readonly shard: string | null;
  readonly finishedAt: Date;
  readonly durationMs: number;
  /** Unix time in seconds, 0 for never; null if this run must not report it. */
  readonly lastSuccess: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Lines of log and output that could not be written. */
  readonly linesLost: number;
  /** null if the queue could not be read, or if the command does not report it. */
  readonly queue: QueueSample | null;
  /** null for commands that do not report it: the same sample in two files would break a scrape. */
  readonly version: string | null;
}

const PREFIX = "family_hub_jobs_";
const LAST_SUCCESS = `${PREFIX}last_success_timestamp_seconds`;

/**
 * Without timestamps, which node_exporter refuses. Help texts are the same for every command, because
 * node_exporter refuses a name with two help texts.
 */
export async function formatMetrics(run: RunMetrics): Promise<string> {
  const registry = new Registry();
  if (run.shard !== null) registry.setDefaultLabels({ shard: run.shard });
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge({ name: PREFIX + name, help, labelNames: labels, registers: [registry] });
  const { command, queue } = run;

  gauge("last_run_timestamp_seconds", "When the last run ended.", "command").set(
    { command },
    seconds(run.finishedAt.getTime()),
  );
  if (run.lastSuccess !== null) {
    gauge(
      "last_success_timestamp_seconds",
      "When the last run that succeeded ended; 0 if none is known.",
      "command",
    ).set({ command }, run.lastSuccess);
  }
  gauge("last_run_duration_seconds", "How long the last run took.", "command").set(
    { command },
    seconds(run.durationMs),
  );
  const jobs = gauge(
    "last_run_jobs",
    "Jobs of the last run by outcome; for purges, rows.",
    ...["command", "outcome"],
  );
  for (const [outcome, count] of Object.entries(run.outcomes))
    jobs.set({ command, outcome }, count);
  gauge(
    "last_run_lines_lost",
    "Lines of log and output that the last run could not write.",
    "command",
  ).set({ command }, run.linesLost);
  if (queue !== null) addQueue(gauge, queue);
  if (run.version !== null) {
    const { version } = run;
    gauge("build_info", "Version of family-hub-jobs that ran last.", "version").set({ version }, 1);
  }
  return registry.metrics();
}

function addQueue(
  gauge: (name: string, help: string, ...labels: string[]) => Gauge,
  { counts, oldestDueAgeMs, breakerOpen, paused }: QueueSample,
): void {
  const jobs = gauge(
    "queue_jobs",
    `Jobs in the queue when the last run began; at most ${COUNT_CAP} completed ones are counted.`,
    "status",
  );
  for (const [status, count] of Object.entries(counts)) jobs.set({ status }, count);
  gauge(
    "oldest_due_age_seconds",
    "How long the oldest due job had been due when the last run began; 0 if no job was due.",
  ).set(seconds(oldestDueAgeMs));
  gauge(
    "breaker_open",
    "1 if the breaker was open when the last run began, because Zitadel was unavailable; otherwise 0.",
  ).set(breakerOpen ? 1 : 0);
  gauge("queue_paused", "1 if the queue was paused when the last run began; otherwise 0.").set(
    paused ? 1 : 0,
  );
}

/** Rounded to milliseconds, without floating-point noise. */
function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** Another run may have ended a moment after this one and written its file earlier. */
const CLOCKS_APART_MS = 60_000;

/**
 * The last success in an older text; null if it has none. A time in the future would hide every failure until
 * then, and another program wrote it.
 */
export function readLastSuccess(text: string, now: Date): number | null {
  const [, value = ""] = new RegExp(`^${LAST_SUCCESS}(?:\\{.*\\})? (\\S+)$`, "m").exec(text) ?? [];
  if (!/^\d+(\.\d+)?(e\+\d+)?$/.test(value)) return null;
  return Number(value) <= (now.getTime() + CLOCKS_APART_MS) / 1000 ? Number(value) : null;
}
