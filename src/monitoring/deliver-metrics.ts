// Delivers the metrics of a finished run: to a directory, or to a Pushgateway.
import { join } from "node:path";
import type { MonitoringConfig } from "../config/monitoring-config.ts";
import { shown } from "../config/settings-reader.ts";
import { outcomesOf, type WatchedCommand } from "../domain/run-outcomes.ts";
import { readMetricsFile, replaceMetricsFile } from "./metrics-file.ts";
import { push } from "./pushgateway.ts";
import type { RunMetrics } from "./metrics.text.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { QueueSample } from "../runs/sample-queue.ts";
import { packageVersion } from "../version.ts";

export interface FinishedRun {
  readonly command: WatchedCommand;
  /** null for a run over the whole queue. */
  readonly shard: Shard | null;
  readonly runId: string;
  readonly succeeded: boolean;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly counts: object;
  readonly sample: QueueSample | null;
  /** Lines of log and output that could not be written. */
  readonly linesLost: number;
}

/** @returns the problems to report */
export async function deliverMetrics(
  run: FinishedRun,
  { metricsDir, pushgateway }: MonitoringConfig,
  deadline: AbortSignal,
): Promise<string[]> {
  if (metricsDir === null && pushgateway === null) return [];
  const { formatMetrics, readLastSuccess } = await import("./metrics.text.ts");
  const metrics = metricsOf(run);
  const success = run.succeeded ? run.finishedAt.getTime() / 1000 : null;

  const write = async (directory: string) => {
    const path = join(directory, `${nameOf(run)}.prom`);
    const before = success ?? readLastSuccess((await readMetricsFile(path)) ?? "", run.finishedAt);
    try {
      await replaceMetricsFile(path, await formatMetrics({ ...metrics, lastSuccess: before ?? 0 }));
      return null;
    } catch (error) {
      return notWritten(directory, error);
    }
  };
  const complaints = await Promise.all([
    metricsDir === null ? null : write(metricsDir),
    // The last success pushed earlier stays, because this push does not include it.
    pushgateway === null
      ? null
      : push(
          pushgateway,
          groupOf(run),
          await formatMetrics({ ...metrics, lastSuccess: success }),
          deadline,
        ),
  ]);
  return complaints.filter((complaint) => complaint !== null);
}

function metricsOf(run: FinishedRun): Omit<RunMetrics, "lastSuccess"> {
  const { command, shard, finishedAt, durationMs, sample, linesLost } = run;
  return {
    ...{ command, finishedAt, durationMs, linesLost, queue: sample },
    shard: shard === null ? null : `${shard.index + 1}/${shard.count}`,
    outcomes: outcomesOf(command, run.counts),
    version: command === "retry-accounts" ? packageVersion() : null,
  };
}

/** Each shard has its own file and group, because each has its own last run. */
function nameOf({ command, shard }: FinishedRun): string {
  const name = `family_hub_jobs_${command.replace(/\W/g, "_")}`;
  return shard === null ? name : `${name}_shard_${shard.index + 1}_of_${shard.count}`;
}

function groupOf(run: FinishedRun): (readonly [string, string])[] {
  const { shard } = metricsOf(run);
  const job = ["job", nameOf({ ...run, shard: null })] as const;
  return shard === null ? [job] : [job, ["shard", shard]];
}

function notWritten(directory: string, error: unknown): string {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  return (
    `the metrics were not written to ${shown(directory)} (METRICS_DIR): ${code}; the directory must ` +
    `exist and let uid ${process.getuid?.() ?? "unknown"} write`
  );
}
