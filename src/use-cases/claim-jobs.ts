// The run's claims, one after the other: due jobs from where the last claim ended, or the one job asked for.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "../store/lock-keys.ts";
import { claimDueJobs, claimJobById, type ClaimCursor } from "../store/job-claim.ts";
import type { Run } from "./run-frame.ts";

export interface ClaimScope {
  readonly shard: Shard;
  /** Only this job, also before its time has come. */
  readonly jobId: string | null;
  /** Database time: jobs that fall due later are the next run's. */
  readonly dueBefore: string;
}

export function createClaims(
  run: Run,
  { shard, jobId, dueBefore }: ClaimScope,
  { leaseMs, emailDomain }: { readonly leaseMs: number; readonly emailDomain: string },
): (limit: number) => Promise<ClaimedJob[]> {
  const common = { runId: run.runId, leaseMs, emailDomain };
  if (jobId !== null) {
    const job = onlyOnce(() => claimJobById(run.db, common, jobId));
    return async () => [await job()].filter((claimed) => claimed !== null);
  }
  let after: ClaimCursor | null = null;
  return async (limit) => {
    const claimed = await claimDueJobs(run.db, { ...common, limit, dueBefore, after, shard });
    after = claimed.cursor ?? after;
    return claimed.jobs;
  };
}

function onlyOnce<T>(work: () => Promise<T | null>): () => Promise<T | null> {
  let done = false;
  return async () => {
    if (done) return null;
    done = true;
    return work();
  };
}
