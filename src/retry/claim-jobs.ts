// The run's claims: due jobs from where the last claim ended, or the one job of --job.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { Database } from "../postgres/database.ts";
import {
  claimDueJobs,
  claimJobs,
  listDueJobs,
  type ClaimCursor,
  type Claimer,
} from "./claim.sql.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";
import { changedByTrigger, RowRefused, type Refusal } from "../postgres/row-refused.ts";
import { separateRefused } from "../postgres/separate-refused.ts";

export interface ClaimScope {
  readonly shard: Shard;
  /** Only this job, even before it is due. */
  readonly jobId: string | null;
  /** The database's time: jobs that become due later are left to the next run. */
  readonly dueBefore: string;
}

export interface ClaimDependencies {
  readonly db: Database;
  /** Whether no more jobs are needed. */
  readonly isStopped: () => boolean;
  /** Jobs that the database does not allow to be claimed, each once in a run. */
  readonly onRefused: (refusals: readonly Refusal[]) => void;
}

/** @returns a function that claims up to the given number of jobs; fewer if no more are left */
export function createClaims(
  claimer: Claimer,
  { shard, jobId, dueBefore }: ClaimScope,
  { db, isStopped, onRefused }: ClaimDependencies,
): (limit: number) => Promise<ClaimedJob[]> {
  const refuse = (refusals: readonly Refusal[]) => {
    if (refusals.length > 0) onRefused(refusals);
  };

  async function claimParted(ids: readonly string[], before: string): Promise<ClaimedJob[]> {
    const jobs: ClaimedJob[] = [];
    const refused = await separateRefused(
      ids,
      (id) => id,
      async (part) => {
        const claimed = await claimJobs(db, claimer, part, before);
        jobs.push(...claimed.jobs);
        refuse(claimed.dropped.map(dropped));
      },
    );
    refuse(refused);
    return jobs;
  }

  if (jobId !== null) {
    let asked = false;
    return async () => {
      if (asked) return [];
      asked = true;
      return claimParted([jobId], "infinity");
    };
  }

  let after: ClaimCursor | null = null;
  return async (limit) => {
    const jobs: ClaimedJob[] = [];
    for (let more = true; more && !isStopped();) {
      const slice = { limit: limit - jobs.length, dueBefore, after, shard };
      try {
        const claimed = await claimDueJobs(db, claimer, slice);
        jobs.push(...claimed.jobs);
        refuse(claimed.dropped.map(dropped));
        after = claimed.cursor ?? after;
        more = claimed.dropped.length > 0 && jobs.length < limit;
      } catch (error) {
        if (!(error instanceof RowRefused)) throw error;
        const { ids, cursor } = await listDueJobs(db, slice);
        jobs.push(...(await claimParted(ids, dueBefore)));
        after = cursor ?? after;
        // If all of these are refused, more jobs may be due after them.
        more = ids.length === slice.limit && jobs.length < limit;
      }
    }
    return jobs;
  };
}

function dropped(id: string): Refusal {
  return changedByTrigger(QUEUE).toRefusal(id);
}
