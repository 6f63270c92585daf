// `purge-jobs`: from flags to a summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, type Runtime } from "../runtime.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import { purgeJobs } from "./purge-jobs.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import {
  finishPurge,
  readPurgeOptions,
  withPurgeProgress,
  type PurgeFlags,
} from "./purge.command.ts";

export interface JobPurgeFlags extends PurgeFlags {
  readonly retention?: number;
  readonly passwordRetention?: number;
}

export function run(flags: JobPurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const work = (watch: Watch) => purge(flags, runtime, watch);
  return monitored({ command: "purge-jobs", shard: null, work }, flags, runtime);
}

const SECTIONS = ["log", "database", "retention", "monitoring"] as const;

async function purge(flags: JobPurgeFlags, runtime: Runtime, watch: Watch): Promise<RunEnd> {
  const { log, database, retention } = config(runtime, ...SECTIONS);
  const report = await withPurgeProgress("purge-jobs", log, flags, runtime, (onProgress) =>
    purgeJobs(
      {
        ...readPurgeOptions(flags),
        retentionMs: flags.retention ?? retention.jobsMs,
        passwordRetentionMs: flags.passwordRetention ?? retention.failedPasswordsMs,
      },
      {
        ...runDependencies(runtime, database, flags, watch),
        interrupted: watch.interrupted,
        ...onProgress,
      },
    ),
  );
  return finishPurge(report, flags, runtime);
}
