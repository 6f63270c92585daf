// Recovers the jobs of runs that died, except those that the database refuses.
import type { ClaimedJob } from "../domain/job.ts";
import type { Database } from "../postgres/database.ts";
import { listAbandonedJobs, rescueAbandonedJobs, type RescueRequest } from "./rescue.sql.ts";
import { RowRefused, type Refusal } from "../postgres/row-refused.ts";
import { separateRefused } from "../postgres/separate-refused.ts";

export interface Rescue {
  readonly rescued: number;
  /** Claimed, without retries left: their accounts are looked up, never created again. */
  readonly exhausted: readonly ClaimedJob[];
  /** They stay as they are, and Zitadel is not asked for them. */
  readonly refused: readonly Refusal[];
}

export async function rescueJobs(db: Database, request: RescueRequest): Promise<Rescue> {
  const rescue = (among: readonly string[] | null) =>
    db.transaction((tx) => rescueAbandonedJobs(tx, request, among));
  try {
    return { ...(await rescue(null)), refused: [] };
  } catch (error) {
    if (!(error instanceof RowRefused)) throw error;
  }
  let rescued = 0;
  const exhausted: ClaimedJob[] = [];
  const refused: Refusal[] = [];
  let after: string | null = null;
  // If all jobs of one batch are refused, there may be others after them.
  for (let more = true; more;) {
    const abandoned: string[] = await listAbandonedJobs(db, request, after);
    const part = async (ids: readonly string[]) => {
      const done = await rescue(ids);
      rescued += done.rescued;
      exhausted.push(...done.exhausted);
    };
    refused.push(...(await separateRefused(abandoned, (id) => id, part)));
    after = abandoned.at(-1) ?? null;
    more = abandoned.length === request.limit && rescued < request.limit;
  }
  return { rescued, exhausted, refused };
}
