// The SQL predicates for a job's state, which all statements about the queue share.
//
// Indexes of migration 0004 are used only where a statement repeats their expressions exactly.
//
// A varchar column is cast to text before a function or an operator takes it, here and in all other
// statements: only so pg_catalog has an exact match. A better one, which anybody who may create in
// a schema of the search path can put there, would be called with the rights of the tool.

export const QUEUE = "auth.queued_managed_account_creations";

/** The API trims and lowercases on read, so a status may be written in any case, with blanks. */
export const STATUS = `lower(btrim(q.status::text, E' \\t\\n\\r'))`;

/** Waiting for a run, now or later. */
export const WAITING = `(${STATUS} = 'pending' or (${STATUS} = 'failed' and q.next_retry_at is not null))`;

/** When a waiting job may run; one that was never scheduled may run since ever. */
export const DUE_AT = "coalesce(q.next_retry_at, '-infinity')";

export const POSSIBLE = "q.retry_count between 0 and 5";

export const IMPOSSIBLE = `(${STATUS} not in ('pending', 'processing', 'completed', 'failed')
  or (${STATUS} <> 'completed' and q.retry_count not between 0 and 5))`;

/**
 * Nothing is written that lies farther ahead, but for leases where RETRY_LEASE is longer: what does
 * is the work of a clock that was wrong for a moment, and would otherwise hold for years.
 */
export const FARTHEST_AHEAD = "interval '1 hour'";

/**
 * When the hold on a processing job ends; `-infinity` where no time of the row can be believed.
 *
 * A row without a lease of ours was left by the API or an older worker: its time counts from its last
 * change. So does that of a lease too far ahead, which no run of ours can have meant.
 * @param leaseMs SQL for the length of a lease in milliseconds
 */
export function leaseEnd(leaseMs: string): string {
  const lease = `${leaseMs} * interval '1 ms'`;
  return `(case
    when q.lease_expires_at <= now() + greatest(${lease}, ${FARTHEST_AHEAD}) then q.lease_expires_at
    when q.updated_at <= now() + ${FARTHEST_AHEAD} then q.updated_at + ${lease}
    else '-infinity'
  end)`;
}

/** Held by a run that died. @param leaseMs SQL for the length of a lease in milliseconds */
export function abandoned(leaseMs: string): string {
  return `(${STATUS} = 'processing' and ${leaseEnd(leaseMs)} < now())`;
}

/** Until when a lease says that it lasts; null where that is farther than any is made. */
export function statedLeaseEnd(job: string): string {
  const end = `${job}.lease_expires_at`;
  return `case when ${end} > '-infinity' and ${end} <= now() + interval '1 day' then ${end} end`;
}

/**
 * Jobs of one shard: stable for a job whatever the number of runs. Where there is only one shard, the
 * planner sees that these are all: it would take the comparison for one that hardly any row meets.
 */
export function inShard(index: string, count: string): string {
  return `(case when ${count} = 1 then true else (hashtext(q.id::text) & 2147483647) % ${count} = ${index} end)`;
}

/**
 * Another FamilyHub user `u` has the name of a job, or the synthetic address that it is to get.
 * @param emailDomain SQL
 */
export function hasUsername(emailDomain: string): string {
  return `(u.username::text = lower(btrim(q.username::text))
           or u.email::text = lower(btrim(q.username::text)) || '@' || ${emailDomain})
      and not (u.external_provider::text = 'zitadel' and u.external_user_id::text = q.id::text)`;
}

/** A FamilyState. @param familyId SQL */
export function familyState(familyId: string): string {
  return `coalesce(
    (select case when f.deleted_at is null then 'present' else 'deleted' end
     from auth.families f where f.id = ${familyId}), 'missing')`;
}

/** Whether the role may see what `familyState` asks for. */
export const MAY_SEE_FAMILIES = `(has_column_privilege('auth.families', 'id', 'select')
  and has_column_privilege('auth.families', 'deleted_at', 'select'))`;

/** A ClaimedJob, normalized as FamilyHub does when it reads. */
export const CLAIMED_COLUMNS = `
  q.id,
  q.family_id as "familyId",
  lower(btrim(q.username::text)) as username,
  btrim(q.full_name::text) as "fullName",
  q.role,
  q.encrypted_password as "encryptedPassword",
  q.created_by_user_id as "createdByUserId",
  q.created_at as "createdAt",
  q.retry_count as "retryCount",
  -- A column that the API may have or not: where the row has none, the name is found one level farther out.
  (select (select traceparent::text from (select q.*) as job)
   from (values (null::text)) as lacking (traceparent)) as traceparent`;

/**
 * A message as far as its column holds it, which may be narrower than FamilyHub's API makes it.
 * @param message SQL of type text
 */
export function cutToFit(message: string): string {
  return `left(${message}, (
    select case when a.atttypmod > 4 then a.atttypmod - 4 else 2000 end
    from pg_catalog.pg_attribute a
    where a.attrelid = '${QUEUE}'::regclass::oid and a.attname = 'last_error_message'))`;
}

/** As JavaScript writes a moment, whatever kind of time column it comes from; infinity by its name. */
export function isoTime(moment: string): string {
  return `case when isfinite(${moment})
    then to_char(${moment}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    else ${moment}::text end`;
}

/** A job's state as the audit keeps it. */
export function auditedState(job: string): string {
  return `pg_catalog.jsonb_build_object(
    'status', ${job}.status, 'retryCount', ${job}.retry_count,
    'nextRetryAt', ${isoTime(`${job}.next_retry_at`)}, 'lastErrorCode', ${job}.last_error_code)`;
}

/** Which attempt made job `q` fail; what was not the job's fault has left its last error as it was. */
export const LAST_FAULT = `
  select a.error_code, a.grpc_code, a.zitadel_error_id
  from family_hub_jobs.attempts a
  where a.job_id = q.id and a.outcome::text <> 'deferred' and a.error_code is not null
  order by a.attempt_id desc
  limit 1`;
