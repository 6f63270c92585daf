// `purge-jobs`: flags -> use case -> summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, runDependencies, type Runtime } from "../runtime.ts";
import { purgeJobs } from "../use-cases/purge-jobs.ts";
import {
  finishPurge,
  readPurgeOptions,
  withPurgeProgress,
  type PurgeFlags,
} from "./purge-flags.ts";

export interface JobPurgeFlags extends PurgeFlags {
  readonly retention?: number;
  readonly passwordRetention?: number;
}

export async function run(flags: JobPurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const { log, database, retention } = config(runtime, "log", "database", "retention");
  const report = await withPurgeProgress("purge-jobs", log, flags, runtime, (onProgress) =>
    purgeJobs(
      {
        ...readPurgeOptions(flags),
        retentionMs: flags.retention ?? retention.jobsMs,
        passwordRetentionMs: flags.passwordRetention ?? retention.failedPasswordsMs,
      },
      { ...runDependencies(database), interrupted: runtime.onInterrupt(), ...onProgress },
    ),
  );
  return finishPurge(report, flags, runtime);
}
