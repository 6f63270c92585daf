// Finds the newest jobs in a range of IDs, within a time limit for interactive use.
import type { JobStatus } from "../../domain/job.ts";
import type { IdRange } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { QUEUE, STATUS } from "../../queue-table/queue.sql.ts";

export interface NewestJob {
  readonly id: string;
  readonly username: string;
  readonly status: string;
  readonly lastErrorCode: string | null;
}

export interface NewestRequest extends IdRange {
  /** Empty for any status. */
  readonly statuses: readonly JobStatus[];
  readonly limit: number;
  readonly timeoutMs: number;
}

/** Call it within a transaction, whose end also ends the timeout. */
export async function findNewestJobs(db: Queryable, request: NewestRequest): Promise<NewestJob[]> {
  const { statuses, from, to, limit, timeoutMs } = request;
  await db.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
  return db.query<NewestJob>(
    `select
       q.id,
       q.username,
       ${STATUS} as status,
       q.last_error_code as "lastErrorCode"
     from ${QUEUE} q
     where q.id between $1::uuid and $2::uuid
       and ($3::text[] is null or ${STATUS} = any ($3::text[]))
     order by q.created_at desc, q.id desc
     limit $4`,
    [from, to, statuses.length === 0 ? null : statuses, limit],
  );
}
