// The dependencies of a run: the real lock, the real database, the version.
import { linesLost, type Runtime } from "../runtime.ts";
import { applicationName } from "../lock/under-lock.ts";
import type { DatabaseConfig } from "../config/database-config.ts";
import { tryAdvisoryLock } from "../lock/advisory-lock.ts";
import { openDatabase } from "../postgres/database.ts";
import type { RunDependencies } from "./run.ts";
import { packageVersion } from "../version.ts";

export function runDependencies(
  runtime: Runtime,
  database: DatabaseConfig,
  { quiet, dryRun }: { readonly quiet?: boolean; readonly dryRun?: boolean },
  watch: Pick<RunDependencies, "onLocked" | "tracer">,
): RunDependencies {
  return {
    onLocked: (runId) => watch.onLocked(runId),
    tracer: watch.tracer,
    quiet: quiet === true && dryRun !== true,
    linesLost: () => linesLost(runtime),
    version: packageVersion(),
    tryLock: (name, runId, shard) =>
      tryAdvisoryLock(database, applicationName(name, runId), name, shard),
    openDatabase: (runId, command) => openDatabase(database, applicationName(command, runId)),
  };
}
