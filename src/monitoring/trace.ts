// The trace of a watched run: opened with it, described when it ends, then sent; does nothing without the
// setting.
import type { TracesConfig } from "../config/traces-config.ts";
import type { WatchedCommand } from "../domain/run-outcomes.ts";
import { numbersOf } from "../runs/run-frame.ts";
import { NO_TRACES, type Attributes, type Tracer } from "../tracing.ts";
import { packageVersion } from "../version.ts";
import type { FinishedRun } from "./deliver-metrics.ts";

export interface Trace {
  readonly tracer: Tracer;
  /** Spans that `work` creates become part of the trace. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Sends the trace. Takes at most as long as `deadline`.
   * @param outcome of the run; null if an error ended it
   * @returns the problems to report
   */
  end(run: FinishedRun, outcome: string | null, deadline: AbortSignal): Promise<string[]>;
}

export const NO_TRACE: Trace = {
  tracer: NO_TRACES,
  during: (work) => work(),
  end: () => Promise.resolve([]),
};

export async function openTrace(
  command: WatchedCommand,
  config: TracesConfig | null,
): Promise<Trace> {
  if (config === null) return NO_TRACE;
  const { startTrace } = await import("./open-telemetry.ts");
  const trace = startTrace(command, packageVersion(), config);
  return {
    ...trace,
    end: async (run, outcome, deadline) => {
      trace.root.set(describe(run, outcome));
      if (!run.succeeded) trace.root.fail(outcome ?? "died");
      const { failure, dropped } = await trace.end(deadline);
      const collector = `${config.endpoint.origin} (${config.setting})`;
      return [
        ...(failure === null ? [] : [`the traces were not sent to ${collector}: ${failure.why}`]),
        ...(dropped === 0
          ? []
          : [
              `${dropped} spans of the trace were dropped: ${collector} took them more slowly than they were made`,
            ]),
      ];
    },
  };
}

/** Without the reason, which may quote a row. */
function describe({ runId, shard, counts }: FinishedRun, outcome: string | null): Attributes {
  const numbers = Object.entries(numbersOf(counts));
  return {
    "family_hub_jobs.run_id": runId,
    ...(outcome === null ? {} : { "family_hub_jobs.outcome": outcome }),
    ...(shard === null ? {} : { "family_hub_jobs.shard": `${shard.index + 1}/${shard.count}` }),
    ...Object.fromEntries(
      numbers.map(([name, count]) => [`family_hub_jobs.count.${snakeCase(name)}`, count]),
    ),
  };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
