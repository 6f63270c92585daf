// Deletes what the queue holds of one person: each job with its attempts and its line in the audit.
import type { Queryable } from "../../postgres/database.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { QUEUE, STATUS, statedLeaseEnd } from "../../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";

export interface JobOfPerson {
  readonly id: string;
  /** Trimmed and lowercased. */
  readonly status: string;
  /** The run that holds it; null also where the API or an older worker left it in processing. */
  readonly runId: string | null;
  readonly leaseEndsAt: Date | null;
  readonly leaseOver: boolean;
  readonly familyId: string;
}

/** The API trims and lowercases on read, so a name may be written in any case, with blanks. */
const OF_PERSON = `lower(btrim(q.username::text, E' \\t\\n\\r')) = $1
      and ($2::uuid is null or q.family_id = $2::uuid)`;

const JOB = `q.id, ${STATUS} as status, q.claimed_by_run_id as "runId",
  q.family_id as "familyId",
  ${statedLeaseEnd("q")} as "leaseEndsAt",
  coalesce(q.lease_expires_at < now(), false) as "leaseOver"`;

export interface Person {
  /** Normalized. */
  readonly username: string;
  /** null: whatever the family. */
  readonly familyId: string | null;
}

export function findJobsOf(db: Queryable, person: Person): Promise<JobOfPerson[]> {
  return db.query<JobOfPerson>(
    `select ${JOB}
     from ${QUEUE} q
     where ${OF_PERSON}
     order by q.id`,
    [person.username, person.familyId],
  );
}

/**
 * All these jobs are erased that are not processing, whatever else they are, also impossible ones.
 * @returns the jobs as they were, the erased ones apart from those left; not those that somebody else has locked
 * @throws RowRefused when the database refuses one of them: to be thrown within the transaction
 */
export async function eraseJobsOf(
  db: Queryable,
  person: Person,
  ids: readonly string[],
  action: OperatorAction,
): Promise<{ erased: JobOfPerson[]; left: JobOfPerson[] }> {
  const rows = await db.query<JobOfPerson & Written & { erased: boolean }>(ERASE, [
    person.username,
    person.familyId,
    action.actor,
    action.reason,
    ids,
  ]);
  checkWritten(rows);
  return {
    erased: rows.filter((row) => row.erased),
    left: rows.filter((row) => !row.erased),
  };
}

const ERASE = `
  with found as materialized (
    select ${JOB}
    from ${QUEUE} q
    where ${OF_PERSON} and q.id = any ($5::uuid[])
    order by q.id
    for update of q skip locked
  ),
  erased as (
    delete from ${QUEUE} q
    using found f
    where q.id = f.id and f.status <> 'processing'
    returning q.id, f.status
  ),
  attempts as (
    delete from family_hub_jobs.attempts a
    where a.job_id = any (array (select id from erased))
  ),
  audit as (
    -- What the audit keeps forever names nobody.
    insert into family_hub_jobs.operator_actions (actor, verb, reason, job_id, before)
    select $3, 'erase', $4, id, pg_catalog.jsonb_build_object('status', status)
    from erased
    order by id
  )
  select f.*, e.id is not null as erased,
         case when f.status <> 'processing' and e.id is null then '${QUEUE}' end as "overruledOn"
  from found f
  left join erased e using (id)
  order by f.id`;
