// Counts what a run has to do, before it changes anything.
import type { Shard } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";
import { IS_PAUSED } from "../queue-table/pause.sql.ts";
import {
  abandoned,
  DUE_AT,
  IMPOSSIBLE,
  inShard,
  POSSIBLE,
  QUEUE,
  WAITING,
} from "../queue-table/queue.sql.ts";

export interface Survey {
  readonly due: number;
  readonly abandoned: number;
  /** Rows with an unknown status or an impossible retry_count; some of their IDs. */
  readonly impossible: readonly string[];
  /** An operator paused the queue: `readPause` returns who and why. */
  readonly paused: boolean;
}

/** Uses only partial indexes, so it does not depend on the size of the table. */
export async function surveyQueue(db: Queryable, leaseMs: number, shard: Shard): Promise<Survey> {
  const [row] = await db.query<Survey>(
    `select
       (select count(*)::int from ${QUEUE} q
        where ${WAITING} and ${DUE_AT} <= now() and ${POSSIBLE} and ${inShard("$2", "$3")}) as due,
       (select count(*)::int from ${QUEUE} q
        where ${abandoned("$1::float8")} and ${POSSIBLE} and ${inShard("$2", "$3")}) as abandoned,
       array(select q.id from ${QUEUE} q where ${IMPOSSIBLE} order by q.id limit 5) as impossible,
       ${IS_PAUSED} as paused`,
    [leaseMs, shard.index, shard.count],
  );
  return row as Survey;
}

/** The database's time to the microsecond; a JavaScript Date has only milliseconds. */
export async function databaseTime(db: Queryable): Promise<string> {
  const [row] = await db.query<{ now: string }>(
    "select clock_timestamp()::timestamptz::text as now",
  );
  return row?.now ?? "";
}
