// Reports one run to monitoring: the first ping, a sample of the queue, and the result.
import { randomUUID } from "node:crypto";
import { describeBug } from "../bug-report.ts";
import type { MonitoringConfig } from "../config/monitoring-config.ts";
import { ExpectedError } from "../errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { startSendDeadline } from "./send-deadline.ts";
import { createPing } from "./ping.ts";
import { linesLost, type Runtime } from "../runtime.ts";
import { hasRun, isSuccess } from "../runs/run-success.ts";
import type { QueueSample } from "../runs/sample-queue.ts";
import { deliverMetrics, type FinishedRun } from "./deliver-metrics.ts";
import { NO_TRACE, openTrace } from "./trace.ts";
import type { RunEnd, Watch, WatchedRun } from "./watched-run.ts";
import { say } from "../terminal/say.ts";

/** What becomes known while the run works. */
interface Seen {
  runId: string | null;
  sample: QueueSample | null;
}

/**
 * Reports the end after the run has released its lock and its connections. A problem with reporting only
 * appears on stderr.
 * @throws what the work throws
 */
export async function watchRun(
  run: WatchedRun,
  watchers: MonitoringConfig,
  interrupted: AbortSignal,
  runtime: Runtime,
): Promise<ExitCode> {
  const { stderr } = runtime;
  const startMs = performance.now();
  const ping = watchers.ping === null ? null : createPing(watchers.ping);
  const complain = (what: string) =>
    say(stderr, `family-hub-jobs: ${what}. The run itself is not affected.\n`);
  const trace = await openTrace(run.command, watchers.traces).catch((error: unknown) => {
    stderr.write(describeBug(error));
    return NO_TRACE;
  });
  const seen: Seen = { runId: null, sample: null };
  let end: RunEnd | null = null;
  try {
    const watch: Watch = {
      interrupted,
      tracer: trace.tracer,
      onLocked: (runId) => {
        seen.runId = runId;
        ping?.start(runId);
      },
      sampling:
        watchers.metricsDir === null && watchers.pushgateway === null
          ? null
          : {
              onSampled: (sample) => (seen.sample = sample),
              onFailed: (error) =>
                complain(`the queue was not counted for the metrics: ${inShort(error)}`),
            },
    };
    end = await trace.during(() => run.work(watch));
    return end.code;
  } finally {
    if (end === null || hasRun(end.report, seen.runId !== null)) {
      const learned = { ...seen, linesLost: linesLost(runtime) };
      const finished = finishedRun(run, end, learned, performance.now() - startMs);
      const outcome = end?.report.outcome ?? null;
      const sendAll = (deadline: AbortSignal) =>
        Promise.all([
          ping?.end(finished.runId, finished.succeeded, deadline) ?? null,
          deliverMetrics(finished, watchers, deadline),
          trace.end(finished, outcome, deadline),
        ]);
      await report(sendAll, interrupted, complain).catch((error: unknown) =>
        stderr.write(describeBug(error)),
      );
    }
  }
}

/** @param end null if an error ended the run before its report */
function finishedRun(
  { command, shard }: WatchedRun,
  end: RunEnd | null,
  { runId, sample, linesLost }: Seen & Pick<FinishedRun, "linesLost">,
  elapsedMs: number,
): FinishedRun {
  return {
    ...{ command, shard, sample, linesLost },
    runId: end?.report.runId ?? runId ?? randomUUID(),
    succeeded: end !== null && isSuccess(command, end.report, end.code),
    finishedAt: end?.report.finishedAt ?? new Date(),
    durationMs: end?.report.durationMs ?? elapsedMs,
    counts: end?.report.counts ?? {},
  };
}

async function report(
  sendAll: (deadline: AbortSignal) => Promise<readonly (string | null | string[])[]>,
  interrupted: AbortSignal,
  complain: (what: string) => void,
): Promise<void> {
  const deadline = startSendDeadline(interrupted);
  try {
    const complaints = await sendAll(deadline.signal);
    for (const complaint of complaints.flat()) if (complaint !== null) complain(complaint);
  } finally {
    deadline.dispose();
  }
}

/** An unexpected error is reported without its message, which may quote anything. */
function inShort(error: unknown): string {
  if (error instanceof ExpectedError) return error.message.replace(/\.$/, "");
  return error instanceof Error ? error.name : "no error";
}
