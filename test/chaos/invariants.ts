// What must hold whatever died when, read from both databases.
import { checkAccounts } from "./account-invariants.ts";
import type { RoundDatabase, Stage } from "./stage.ts";
import type { Troubles } from "./troubles.ts";

/** @returns one sentence for each broken promise */
export async function checkInvariants(
  stage: Stage,
  db: RoundDatabase,
  trouble: Troubles,
  when: string,
): Promise<string[]> {
  const violations: string[] = [];
  const broken = async (what: string, sql: string, values: readonly unknown[] = []) => {
    const rows = await db.query<object>(sql, values);
    if (rows.length > 0) violations.push(`${when}: ${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  };

  await broken(
    "a completed job without exactly one user row",
    `
    select q.id, count(u.id) from ${QUEUE} q
    left join auth.users u on u.external_user_id = q.id::text
    where q.status = 'completed' group by q.id having count(u.id) <> 1`,
  );
  await broken(
    "a user row without a completed job",
    `
    select u.id from auth.users u
    where not exists (select from ${QUEUE} q where q.id::text = u.external_user_id and q.status = 'completed')`,
  );
  await broken(
    "a completed job without exactly one created-event",
    `
    select q.id, count(e.event_id) from ${QUEUE} q
    left join auth.outbox_events e
      on e.payload ->> 'jobId' = q.id::text and e.event_type like '%ManagedAccountCreatedEvent'
    where q.status = 'completed' group by q.id having count(e.event_id) <> 1`,
  );
  await broken(
    "a created-event without a completed job",
    `
    select e.event_id from auth.outbox_events e
    where e.event_type like '%ManagedAccountCreatedEvent'
      and not exists (select from ${QUEUE} q where q.id::text = e.payload ->> 'jobId' and q.status = 'completed')`,
  );
  await broken(
    "failed-events that are not one for each failure",
    `
    select q.id from ${QUEUE} q
    where (select count(*) from auth.outbox_events e where e.aggregate_id = q.id)
       <> (select count(*) from family_hub_jobs.attempts a where a.job_id = q.id and a.outcome = 'failed')`,
  );
  await broken(
    "ciphertext on a completed job, or none on another",
    `
    select id, status from ${QUEUE} where (status = 'completed') <> (encrypted_password = '')`,
  );
  await broken(
    "a completed job with more than one successful attempt",
    `
    select job_id, count(*) from family_hub_jobs.attempts
    where outcome in ('created', 'adopted') group by job_id having count(*) > 1`,
  );
  await broken(
    "a retry_count that was not earned",
    `
    select q.id, q.retry_count from ${QUEUE} q
    where not exists (select from family_hub_jobs.operator_actions o where o.job_id = q.id)
      and q.retry_count <> (select count(*) from family_hub_jobs.attempts a
                            where a.job_id = q.id and a.outcome = 'retried')`,
  );
  await broken(
    "a status and a schedule that disagree",
    `
    select id, status, retry_count, next_retry_at from ${QUEUE}
    where status not in ('pending', 'processing', 'completed', 'failed')
       or retry_count not between 0 and 5
       or (status = 'processing') <> (claimed_by_run_id is not null)
       or (status = 'processing') <> (lease_expires_at is not null)
       -- One that was never scheduled is due.
       or (status = 'pending' and next_retry_at is null and retry_count > 0)
       or (status in ('completed', 'failed') and next_retry_at is not null)`,
  );
  await broken(
    "a user row or an event that tells something else than its job",
    `
    select q.id from ${QUEUE} q
    join auth.users u on u.external_user_id = q.id::text
    join auth.outbox_events e on e.payload ->> 'jobId' = q.id::text
    where q.status = 'completed' and e.event_type like '%ManagedAccountCreatedEvent'
      and (u.username, u.full_name, u.family_id, u.role, u.zitadel_user_id, u.email)
          is distinct from (q.username::text, q.full_name::text, q.family_id, q.role::text, q.id::text,
                            q.username || '@noemail.family-hub.internal')
      -- Where FamilyHub's API changed the row meanwhile, or somebody renamed the account, the attempt says so.
      and not exists (
        select from family_hub_jobs.attempts a
        where a.job_id = q.id and a.outcome in ('created', 'adopted')
          and (strpos(a.message, 'username in Zitadel is now "' || u.username || '"') > 0
               or strpos(a.message, 'changed in FamilyHub meanwhile') > 0))
       or e.payload ->> 'userId' is distinct from u.id::text and e.aggregate_type = 'User'`,
  );
  for (const [familyId, runs] of trouble.familyHub.begunBefore) {
    await broken(
      "an account created for a family that was deleted before the run began",
      `
      select a.job_id from family_hub_jobs.attempts a
      join family_hub_jobs.runs r on r.run_id = a.run_id
      join auth.users u on u.external_user_id = a.job_id::text
      join auth.families f on f.id = u.family_id
      where a.outcome in ('created', 'adopted') and f.id = $1 and f.deleted_at is not null
        and r.run_id <> all ($2::uuid[])`,
      [familyId, runs],
    );
  }
  await broken(
    "a user row and an event that tell different things",
    `
    select u.id, u.username, u.full_name, u.role, e.payload from auth.users u
    join auth.outbox_events e on e.payload ->> 'userId' = u.id::text
    where (u.username, u.full_name, u.family_id::text, u.role, u.zitadel_user_id)
          is distinct from (e.payload ->> 'username', e.payload ->> 'fullName', e.payload ->> 'familyId',
                            e.payload ->> 'role', e.payload ->> 'zitadelUserId')`,
  );
  await broken(
    "a run that ended twice, or counts other than its attempts",
    `
    select r.run_id, r.outcome, r.reason, r.counts,
           (select json_agg(a.outcome || ' ' || a.finished_at) from family_hub_jobs.attempts a
            where a.run_id = r.run_id) as attempts, r.finished_at
    from family_hub_jobs.runs r
    where r.command = 'retry-accounts' and r.outcome in ('completed', 'stopped')
      and (select count(*) from family_hub_jobs.attempts a
           where a.run_id = r.run_id and a.outcome in ('created', 'adopted'))
          - (r.counts ->> 'created')::int - (r.counts ->> 'adopted')::int
          -- An account whose row was deleted meanwhile has an attempt, and is not counted as created. A run
          -- that lost its lock to a crash may have counted what Postgres confirmed and then lost.
          not between case when r.reason = 'the lock was lost'
                           then - (r.counts ->> 'created')::int - (r.counts ->> 'adopted')::int
                           else 0 end
              and coalesce((r.counts ->> 'deletedMeanwhile')::int, 0)`,
  );
  const ofAccounts = await checkAccounts(stage, db, trouble);
  return [...violations, ...ofAccounts.map((violation) => `${when}: ${violation}`)];
}

const QUEUE = "auth.queued_managed_account_creations";
