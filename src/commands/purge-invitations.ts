// `purge-invitations`: flags -> use case -> summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, runDependencies, type Runtime } from "../runtime.ts";
import { purgeExpiredInvitations } from "../use-cases/purge-invitations.ts";
import {
  finishPurge,
  readPurgeOptions,
  withPurgeProgress,
  type PurgeFlags,
} from "./purge-flags.ts";

export interface InvitationPurgeFlags extends PurgeFlags {
  readonly grace?: number;
}

export async function run(flags: InvitationPurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const { log, database, invitations } = config(runtime, "log", "database", "invitations");
  const report = await withPurgeProgress("purge-invitations", log, flags, runtime, (onProgress) =>
    purgeExpiredInvitations(
      { ...readPurgeOptions(flags), graceMs: flags.grace ?? invitations.graceMs },
      { ...runDependencies(database), interrupted: runtime.onInterrupt(), ...onProgress },
    ),
  );
  return finishPurge(report, flags, runtime);
}
