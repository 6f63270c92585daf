// Adds metrics, pings and traces to a scheduled command; loads nothing that is not configured.
import { type WatchedRun } from "./watched-run.ts";
import { readValidMonitoring } from "../config/monitoring-config.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Runtime } from "../runtime.ts";
import { NO_TRACES } from "../tracing.ts";

/**
 * Runs the command. Reads only the valid settings of monitoring, so that it can also report invalid ones. A
 * dry run is not reported.
 * @throws what `work` throws, after reporting it
 */
export async function monitored(
  run: WatchedRun,
  { dryRun }: { readonly dryRun?: boolean },
  runtime: Runtime,
): Promise<ExitCode> {
  const interrupted = runtime.onInterrupt();
  const watchers = readValidMonitoring(runtime.env);
  const unwatched = Object.values(watchers).every((watcher) => watcher === null);
  if (dryRun === true || unwatched) {
    const { code } = await run.work({
      interrupted,
      onLocked: () => undefined,
      sampling: null,
      tracer: NO_TRACES,
    });
    return code;
  }
  const { watchRun } = await import("./watch-run.ts");
  return watchRun(run, watchers, interrupted, runtime);
}
