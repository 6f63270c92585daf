// Finds the due jobs and takes them for a run, under a lease.
import type { ClaimedJob } from "../domain/job.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import {
  hasUsername,
  CLAIMED_COLUMNS,
  DUE_AT,
  familyState,
  inShard,
  POSSIBLE,
  QUEUE,
  STATUS,
  WAITING,
} from "../queue-table/queue.sql.ts";

/** Where the next claim of this run continues, so that it never meets a job twice. */
export interface ClaimCursor {
  readonly dueAt: string;
  readonly id: string;
}

/** For which run, and how long. */
export interface Claimer {
  readonly runId: string;
  readonly leaseMs: number;
  /** To check whether FamilyHub users already have the synthetic email address. */
  readonly emailDomain: string;
}

/** Which jobs. */
export interface ClaimSlice {
  readonly limit: number;
  /** The database's time as text, to the microsecond: jobs due later are left to the next run. */
  readonly dueBefore: string;
  readonly after: ClaimCursor | null;
  readonly shard: Shard;
}

export interface Claims {
  readonly jobs: ClaimedJob[];
  /** Jobs whose claim a trigger discarded or changed without an error: the run does not hold them. */
  readonly dropped: string[];
  /** The last job of both; null if there was none. */
  readonly cursor: ClaimCursor | null;
}

/**
 * At most `limit` due jobs, in the order in which they became due; locked rows are skipped.
 * @throws RowRefused if the database refuses one: then none is claimed
 */
export async function claimDueJobs(
  db: Pick<Database, "transaction">,
  claimer: Claimer,
  slice: ClaimSlice,
): Promise<Claims> {
  const rows = await db.transaction(async (tx) => {
    await tx.query(BY_INDEX);
    return tx.query<ClaimRow>(
      `with due as materialized (
         ${DUE}
         for no key update skip locked
       ),
       ${take("$7", "$8", "$9")}`,
      [...sliceValues(slice), ...claimerValues(claimer)],
    );
  });
  return claimsOf(rows);
}

/**
 * Postgres estimates few due jobs, and would read and sort a whole backlog for each claim instead of reading
 * the next ones from their index. Set only for this transaction: another client may use the session next.
 */
const BY_INDEX = "set local enable_sort = off; set local enable_seqscan = off";

/** What `claimDueJobs` would claim, including rows that are locked now. */
export async function listDueJobs(
  db: Queryable,
  slice: ClaimSlice,
): Promise<{ ids: string[]; cursor: ClaimCursor | null }> {
  const rows = await db.query<{ id: string; dueAt: string }>(DUE, sliceValues(slice));
  return { ids: rows.map(({ id }) => id), cursor: cursorOf(rows) };
}

/**
 * Claims those of these jobs that wait and were due before `dueBefore`, which may be `infinity`; locked rows
 * are skipped.
 * @throws RowRefused as claimDueJobs does
 */
export async function claimJobs(
  db: Queryable,
  claimer: Claimer,
  jobIds: readonly string[],
  dueBefore: string,
): Promise<Claims> {
  const rows = await db.query<ClaimRow>(
    `with due as materialized (
       select q.id, ${DUE_AT}::text as "dueAt"
       from ${QUEUE} q
       where q.id = any ($4::uuid[]) and ${WAITING} and ${DUE_AT} <= $5::timestamptz and ${POSSIBLE}
       order by q.id
       for no key update skip locked
     ),
     ${take("$1", "$2", "$3")}`,
    [...claimerValues(claimer), jobIds, dueBefore],
  );
  return claimsOf(rows);
}

interface ClaimRow extends ClaimedJob {
  readonly dueId: string;
  readonly dueAt: string;
  readonly dropped: boolean;
}

function claimsOf(rows: readonly ClaimRow[]): Claims {
  return {
    jobs: rows.filter((row) => !row.dropped),
    dropped: rows.filter((row) => row.dropped).map(({ dueId }) => dueId),
    cursor: cursorOf(rows.map(({ dueId, dueAt }) => ({ id: dueId, dueAt }))),
  };
}

/** Its values are those of a slice. */
const DUE = `
  select q.id, ${DUE_AT}::text as "dueAt"
  from ${QUEUE} q
  where ${WAITING}
    and ${DUE_AT} <= $1::timestamptz
    -- Skips the dead index entries that this run itself made.
    and (${DUE_AT}, q.id) > ($2::timestamptz, $3::uuid)
    and ${POSSIBLE}
    and ${inShard("$4", "$5")}
  order by ${DUE_AT}, q.id
  limit $6`;

function sliceValues({ dueBefore, after, shard, limit }: ClaimSlice): unknown[] {
  const nobody = "00000000-0000-0000-0000-000000000000";
  const from = [after?.dueAt ?? "-infinity", after?.id ?? nobody];
  return [dueBefore, ...from, shard.index, shard.count, limit];
}

function claimerValues({ runId, leaseMs, emailDomain }: Claimer): unknown[] {
  return [runId, leaseMs, emailDomain];
}

function cursorOf(rows: readonly ClaimCursor[]): ClaimCursor | null {
  const last = rows.at(-1);
  return last === undefined ? null : { dueAt: last.dueAt, id: last.id };
}

/** Claims the rows of `due`. The parameters are SQL. */
function take(runId: string, leaseMs: string, emailDomain: string): string {
  return `claimed as (
      update ${QUEUE} q
      set status = 'processing',
          claimed_by_run_id = ${runId},
          lease_expires_at = now() + ${leaseMs}::float8 * interval '1 ms',
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
        where ${hasUsername(`${emailDomain}::text`)}
      ) as "usernameHeld",
      due.id as "dueId", due."dueAt",
      -- Changed ones, too: the run could not store a result for a job that it does not hold.
      (${STATUS} = 'processing' and q.claimed_by_run_id = ${runId}) is not true as dropped
    from due
    left join claimed q on q.id = due.id
    order by due."dueAt"::timestamptz, due.id`;
}
