// Deletes invitations that expired longer ago than the grace period.
import { countExpiredInvitations, purgeInvitations } from "./purge-invitations.sql.ts";
import { cutoff } from "./purge-batch.sql.ts";
import {
  purgeInBatches,
  type PurgeDependencies,
  type PurgeOptions,
  type PurgeReport,
} from "./purge-in-batches.ts";

export interface InvitationPurgeOptions extends PurgeOptions {
  readonly graceMs: number;
}

export function purgeExpiredInvitations(
  options: InvitationPurgeOptions,
  deps: PurgeDependencies,
): Promise<PurgeReport<"deleted">> {
  return purgeInBatches("purge-invitations", { deleted: 0 }, options, deps, async (db) => {
    const before = await cutoff(db, options.graceMs);
    return {
      count: () => countExpiredInvitations(db, before),
      sweeps: [{ before, purge: purgeInvitations }],
    };
  });
}
