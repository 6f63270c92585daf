// Deletes a person's jobs with their attempts, and writes an entry in the audit log for each.
import type { Queryable } from "../../postgres/database.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { QUEUE, STATUS, statedLeaseEnd } from "../../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";

export interface JobOfPerson {
  readonly id: string;
  /** Trimmed and lowercased. */
  readonly status: string;
  /** The run that holds it; null also if the API or an older worker left it in processing. */
  readonly runId: string | null;
  readonly leaseEndsAt: Date | null;
  readonly leaseOver: boolean;
  readonly familyId: string;
}

/** The API trims and lowercases on read, so a stored name may have upper case and blanks. */
const OF_PERSON = `lower(btrim(q.username::text, E' \\t\\n\\r')) = $1
      and ($2::uuid is null or q.family_id = $2::uuid)`;

const JOB = `q.id, ${STATUS} as status, q.claimed_by_run_id as "runId",
  q.family_id as "familyId",
  ${statedLeaseEnd("q")} as "leaseEndsAt",
  coalesce(q.lease_expires_at < now(), false) as "leaseOver"`;

export interface Person {
  /** Trimmed and lowercased. */
  readonly username: string;
  /** null for any family. */
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
 * Erases all of these jobs that are not processing, including impossible rows.
 * @returns the jobs as they were before, erased ones and others separately, without those that another
 * session has locked
 * @throws RowRefused if the database refuses a job: throw it within the transaction
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
    -- The audit log is kept for ever, so it names no person.
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
