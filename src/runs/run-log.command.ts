// The log of a run and its progress line, which share stderr.
import type { LogConfig } from "../config/config.ts";
import type { Runtime } from "../runtime.ts";
import { createLog, type Log } from "../terminal/log.ts";
import type { OnProgress } from "../terminal/progress-count.ts";
import type { RunFlags } from "./run.command.ts";
import { withProgress } from "./show-progress.command.ts";

export interface LoggedRun {
  readonly log: Log;
  /** Absent if nobody watches: then nothing has to be counted. */
  readonly onProgress?: OnProgress;
  /** Call it once the run has its lock: from then on, log lines have its ID. */
  readonly onLocked: (runId: string) => void;
}

/** @param watch also gets the run's ID */
export function withRunLog<T>(
  command: string,
  settings: LogConfig,
  flags: RunFlags,
  runtime: Runtime,
  watch: Pick<LoggedRun, "onLocked">,
  work: (run: LoggedRun) => Promise<T>,
): Promise<T> {
  const level = flags.verbose === true ? "debug" : flags.quiet === true ? "warn" : settings.level;
  return withProgress(command, level, flags, runtime, ({ stderr, aside: _, ...onProgress }) => {
    const { log, begin } = createLog({ ...settings, level }, stderr);
    const onLocked = (runId: string) => {
      begin(runId);
      watch.onLocked(runId);
    };
    return work({ log, onLocked, ...onProgress });
  });
}

export function logImpossible(log: Log, jobIds: readonly string[]): void {
  log("warn", "rows with an unknown status or an impossible retry_count are skipped", { jobIds });
}
