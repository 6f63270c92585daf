// Takes back the jobs of runs that died, around those that the database refuses.
import type { ClaimedJob } from "../domain/job.ts";
import type { Queryable } from "../store/database.ts";
import { listAbandonedJobs, rescueAbandonedJobs, type RescueRequest } from "../store/job-lease.ts";
import { RowRefused, type Refusal } from "../store/row-refused.ts";
import { partRefused } from "./part-refused.ts";

export interface Rescue {
  readonly rescued: number;
  /** Claimed, with no retry left: to be asked for, never to be created again. */
  readonly exhausted: readonly ClaimedJob[];
  /** They stay as they are, and Zitadel is not asked for them. */
  readonly refused: readonly Refusal[];
}

export async function rescueJobs(db: Queryable, request: RescueRequest): Promise<Rescue> {
  try {
    return { ...(await rescueAbandonedJobs(db, request)), refused: [] };
  } catch (error) {
    if (!(error instanceof RowRefused)) throw error;
    let rescued = 0;
    const exhausted: ClaimedJob[] = [];
    const abandoned = await listAbandonedJobs(db, request);
    const refused = await partRefused(
      abandoned,
      (id) => id,
      async (ids) => {
        const part = await rescueAbandonedJobs(db, request, ids);
        rescued += part.rescued;
        exhausted.push(...part.exhausted);
      },
    );
    return { rescued, exhausted, refused };
  }
}
