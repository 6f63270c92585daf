// `purge-invitations`: from flags to a summary and exit code.
import type { ExitCode } from "../exit-codes.ts";
import { config, type Runtime } from "../runtime.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import { purgeExpiredInvitations } from "./purge-invitations.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import {
  finishPurge,
  readPurgeOptions,
  withPurgeProgress,
  type PurgeFlags,
} from "./purge.command.ts";

export interface InvitationPurgeFlags extends PurgeFlags {
  readonly grace?: number;
}

export function run(flags: InvitationPurgeFlags, runtime: Runtime): Promise<ExitCode> {
  const work = (watch: Watch) => purge(flags, runtime, watch);
  return monitored({ command: "purge-invitations", shard: null, work }, flags, runtime);
}

const SECTIONS = ["log", "database", "invitations", "monitoring"] as const;

async function purge(flags: InvitationPurgeFlags, runtime: Runtime, watch: Watch): Promise<RunEnd> {
  const { log, database, invitations } = config(runtime, ...SECTIONS);
  const report = await withPurgeProgress("purge-invitations", log, flags, runtime, (onProgress) =>
    purgeExpiredInvitations(
      { ...readPurgeOptions(flags), graceMs: flags.grace ?? invitations.graceMs },
      {
        ...runDependencies(runtime, database, flags, watch),
        interrupted: watch.interrupted,
        ...onProgress,
      },
    ),
  );
  return finishPurge(report, flags, runtime);
}
