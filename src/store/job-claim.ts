// Finds the due jobs and takes them for a run, under a lease.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "./lock-keys.ts";
import type { Queryable } from "./database.ts";
import {
  abandoned,
  bearsName,
  CLAIMED_COLUMNS,
  DUE_AT,
  familyState,
  IMPOSSIBLE,
  inShard,
  POSSIBLE,
  QUEUE,
  WAITING,
} from "./queue-sql.ts";

export interface Survey {
  readonly due: number;
  readonly abandoned: number;
  /** Rows with an unknown status or an impossible retry_count; a few of their ids. */
  readonly impossible: readonly string[];
}

/** What there is to do. Answered from partial indexes alone, whatever the size of the table. */
export async function surveyQueue(db: Queryable, leaseMs: number, shard: Shard): Promise<Survey> {
  const [row] = await db.query<Survey>(
    `select
       (select count(*)::int from ${QUEUE} q
        where ${WAITING} and ${DUE_AT} <= now() and ${POSSIBLE} and ${inShard("$2", "$3")}) as due,
       (select count(*)::int from ${QUEUE} q
        where ${abandoned("$1::float8")} and ${POSSIBLE} and ${inShard("$2", "$3")}) as abandoned,
       array(select q.id from ${QUEUE} q where ${IMPOSSIBLE} order by q.id limit 5) as impossible`,
    [leaseMs, shard.index, shard.count],
  );
  return row as Survey;
}

/** Where the next claim of this run goes on, so that it never meets a job twice. */
export interface ClaimCursor {
  readonly dueAt: string;
  readonly id: string;
}

export interface ClaimRequest {
  readonly runId: string;
  readonly leaseMs: number;
  readonly limit: number;
  /** Database time as text, to the microsecond: a run does not chase jobs that fall due meanwhile. */
  readonly dueBefore: string;
  readonly after: ClaimCursor | null;
  readonly shard: Shard;
  /** For telling whether FamilyHub's own users already hold the synthetic address. */
  readonly emailDomain: string;
}

/** `limit` due jobs at the most, in the order they fell due; rows that others hold are passed over. */
export async function claimDueJobs(
  db: Queryable,
  request: ClaimRequest,
): Promise<{ jobs: ClaimedJob[]; cursor: ClaimCursor | null }> {
  const { after, shard } = request;
  const rows = await db.query<ClaimRow>(
    `with due as materialized (
       select q.id
       from ${QUEUE} q
       where ${WAITING}
         and ${DUE_AT} <= $5::timestamptz
         -- Skips the dead index entries that this run made itself.
         and (${DUE_AT}, q.id) > ($6::timestamptz, $7::uuid)
         and ${POSSIBLE}
         and ${inShard("$8", "$9")}
       order by ${DUE_AT}, q.id
       limit $4
       for no key update skip locked
     ),
     ${CLAIM}`,
    [
      request.runId,
      request.leaseMs,
      request.emailDomain,
      request.limit,
      request.dueBefore,
      after?.dueAt ?? "-infinity",
      after?.id ?? "00000000-0000-0000-0000-000000000000",
      shard.index,
      shard.count,
    ],
  );
  const last = rows.at(-1);
  return { jobs: rows, cursor: last === undefined ? null : { dueAt: last.dueAt, id: last.id } };
}

/** One waiting job, also before its time has come. Null when it is not waiting or held by another. */
export async function claimJobById(
  db: Queryable,
  request: Pick<ClaimRequest, "runId" | "leaseMs" | "emailDomain">,
  jobId: string,
): Promise<ClaimedJob | null> {
  const rows = await db.query<ClaimRow>(
    `with due as materialized (
       select q.id
       from ${QUEUE} q
       where q.id = $4 and ${WAITING} and ${POSSIBLE}
       for no key update skip locked
     ),
     ${CLAIM}`,
    [request.runId, request.leaseMs, request.emailDomain, jobId],
  );
  return rows[0] ?? null;
}

interface ClaimRow extends ClaimedJob {
  readonly dueAt: string;
}

/** Shared tail: $1 run, $2 lease in milliseconds, $3 email domain. */
const CLAIM = `
  claimed as (
    update ${QUEUE} q
    set status = 'processing',
        claimed_by_run_id = $1,
        lease_expires_at = now() + $2::float8 * interval '1 ms',
        updated_at = now()
    from due
    where q.id = due.id
    returning q.*
  )
  select
    ${CLAIMED_COLUMNS},
    ${familyState("q.family_id")} as family,
    exists (
      select from auth.users u
      where ${bearsName("$3::text")}
    ) as "usernameHeld",
    ${DUE_AT}::text as "dueAt"
  from claimed q
  order by ${DUE_AT}, q.id`;

/** Database time to the microsecond, which a JavaScript date would cut to milliseconds. */
export async function databaseTime(db: Queryable): Promise<string> {
  const [row] = await db.query<{ now: string }>(
    "select clock_timestamp()::timestamptz::text as now",
  );
  return row?.now ?? "";
}
