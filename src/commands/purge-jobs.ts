// `purge-jobs`: flags -> use case -> summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, runDependencies, type Runtime } from "../runtime.ts";
import { purgeJobs } from "../use-cases/purge-jobs.ts";
import { monitored, type RunEnd, type Watch } from "./monitored.ts";
import { finishPurge, readPurgeOptions, type PurgeFlags } from "./purge-flags.ts";

export interface JobPurgeFlags extends PurgeFlags {
  readonly retention?: number;
  readonly passwordRetention?: number;
}

export function run(flags: JobPurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const work = (watch: Watch) => purge(flags, runtime, watch);
  return monitored({ command: "purge-jobs", shard: null, work }, flags, runtime);
}

async function purge(
  flags: JobPurgeFlags,
  runtime: Runtime,
  { interrupted, onLocked }: Watch,
): Promise<RunEnd> {
  const { database, retention } = config(runtime, "log", "database", "retention", "monitoring");
  const report = await purgeJobs(
    {
      ...readPurgeOptions(flags),
      retentionMs: flags.retention ?? retention.jobsMs,
      passwordRetentionMs: flags.passwordRetention ?? retention.failedPasswordsMs,
    },
    { ...runDependencies(database, onLocked), interrupted },
  );
  return finishPurge(report, flags, runtime);
}
