// What a verb that takes ids did to each of them.

import type { JobHeld } from "../store/job-lease.ts";

export interface Skip {
  readonly id: string;
  readonly reason: string;
  /** false for an id that no job has. */
  readonly found: boolean;
}

export interface DoneById {
  readonly done: readonly string[];
  readonly skipped: readonly Skip[];
  /** What `queue undo` takes back; only where it can, and something was done. */
  readonly actionId?: string;
}

export function eachOnce(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

/**
 * In the order in which the ids were given.
 * @param others what the jobs that were left alone are instead
 */
export function doneById<Other>(
  ids: readonly string[],
  done: readonly string[],
  others: ReadonlyMap<string, Other>,
  reasonFor: (other: Other) => string,
): DoneById {
  const did = new Set(done);
  const skipped = ids
    .filter((id) => !did.has(id))
    .map((id) => {
      const other = others.get(id);
      return other === undefined
        ? { id, reason: "not found", found: false }
        : { id, reason: reasonFor(other), found: true };
    });
  return { done: ids.filter((id) => did.has(id)), skipped };
}

/** Its account may be coming about at this moment, so only a run may say how the job ends. */
export function whoHolds({ runId, leaseExpiresAt, leaseOver }: JobHeld): string {
  if (runId === null || leaseExpiresAt === null) {
    return "processing, though no run of this tool holds it: retry-accounts takes it back when RETRY_LEASE is over";
  }
  const until = leaseExpiresAt.toISOString();
  return leaseOver
    ? `processing: run ${runId} held it until ${until} and died; the next retry-accounts takes it back`
    : `processing: run ${runId} holds it until ${until}`;
}
