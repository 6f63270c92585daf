// The metrics of a run in Prometheus' text format.
import { Gauge, Registry } from "prom-client";
import { COUNT_CAP } from "../queue-table/counts.sql.ts";
import type { QueueSample } from "../runs/sample-queue.ts";

export interface RunMetrics {
  readonly command: string;
  /** Such as 2/8; null for a run over the whole queue. */
  readonly shard: string | null;
  readonly finishedAt: Date;
  readonly durationMs: number;
  /** Unix time in seconds, 0 for never; null where it is not for us to say. */
  readonly lastSuccess: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of log and output. */
  readonly linesLost: number;
  /** null when the queue could not be looked at, or is not the command's. */
  readonly queue: QueueSample | null;
  /** null for commands that do not say it: in two files the same sample would break a scrape. */
  readonly version: string | null;
}

const PREFIX = "family_hub_jobs_";
const LAST_SUCCESS = `${PREFIX}last_success_timestamp_seconds`;

/**
 * Without times of samples, which node_exporter refuses. A help text is the same for every command:
 * node_exporter complains of names that two files explain in different words.
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

/** To the millisecond, without the noise of a division. */
function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** Another run may have ended a moment after this one, and have been faster to say so. */
const CLOCKS_APART_MS = 60_000;

/**
 * The last success that an older text tells of; null when it tells of none. One that is still to
 * come would hide every failure until then, and somebody else has written it.
 */
export function readLastSuccess(text: string, now: Date): number | null {
  const [, value = ""] = new RegExp(`^${LAST_SUCCESS}(?:\\{.*\\})? (\\S+)$`, "m").exec(text) ?? [];
  if (!/^\d+(\.\d+)?(e\+\d+)?$/.test(value)) return null;
  return Number(value) <= (now.getTime() + CLOCKS_APART_MS) / 1000 ? Number(value) : null;
}
