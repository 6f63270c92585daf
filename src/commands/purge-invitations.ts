// `purge-invitations`: flags -> use case -> summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, runDependencies, type Runtime } from "../runtime.ts";
import { purgeExpiredInvitations } from "../use-cases/purge-invitations.ts";
import { finishRun, type RunFlags } from "./run-flags.ts";

export interface PurgeFlags extends RunFlags {
  readonly grace?: number;
  readonly batchSize: number;
  readonly maxDuration?: number;
  readonly dryRun?: boolean;
}

export async function run(flags: PurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const settings = config(runtime, "log", "database", "invitations");
  const report = await purgeExpiredInvitations(
    {
      graceMs: flags.grace ?? settings.invitations.graceMs,
      batchSize: flags.batchSize,
      maxDurationMs: flags.maxDuration ?? null,
      dryRun: flags.dryRun === true,
      waitMs: flags.wait,
    },
    { ...runDependencies(settings.database), interrupted: runtime.onInterrupt() },
  );
  const idle = report.outcome === "completed" && report.counts.deleted === 0;
  return finishRun(report, flags, runtime, idle);
}
