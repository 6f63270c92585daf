// The SQL predicates for a job's state, which all statements about the queue share.
//
// Indexes of migration 0004 are used only where a statement repeats their expressions exactly.
//
// All statements cast a varchar column to text before a function or an operator uses it: only then pg_catalog
// has an exact match. Otherwise a better match, which anybody with CREATE on a schema of the search path can
// add, would run with the tool's rights.

export const QUEUE = "auth.queued_managed_account_creations";

/** The API trims and lowercases on read, so a stored status may have upper case and blanks. */
export const STATUS = `lower(btrim(q.status::text, E' \\t\\n\\r'))`;

/** Waiting for a run, now or later. */
export const WAITING = `(${STATUS} = 'pending' or (${STATUS} = 'failed' and q.next_retry_at is not null))`;

/** When a waiting job may run; a job that was never scheduled is due at once. */
export const DUE_AT = "coalesce(q.next_retry_at, '-infinity')";

export const POSSIBLE = "q.retry_count between 0 and 5";

export const IMPOSSIBLE = `(${STATUS} not in ('pending', 'processing', 'completed', 'failed')
  or (${STATUS} <> 'completed' and q.retry_count not between 0 and 5))`;

/**
 * The tool writes no time farther in the future, except leases if RETRY_LEASE is longer. A time beyond it
 * comes from a clock that was wrong for a moment, and would otherwise hold for years.
 */
export const FARTHEST_AHEAD = "interval '1 hour'";

/**
 * When the hold on a processing job ends; `-infinity` if no time of the row can be right.
 * A row without our lease was left by the API or an older worker: its time counts from its last change. So
 * does a lease too far in the future, which no run can have written.
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

/** The end of the lease as stored; null if it is farther in the future than any lease can be. */
export function statedLeaseEnd(job: string): string {
  const end = `${job}.lease_expires_at`;
  return `case when ${end} > '-infinity' and ${end} <= now() + interval '1 day' then ${end} end`;
}

/**
 * Jobs of one shard: a job's shard depends only on the number of shards. With one shard, the planner sees
 * that all rows match; it would otherwise estimate hardly any.
 */
export function inShard(index: string, count: string): string {
  return `(case when ${count} = 1 then true else (hashtext(q.id::text) & 2147483647) % ${count} = ${index} end)`;
}

/**
 * Another FamilyHub user `u` has the job's username, or the synthetic email address that the job would get.
 * @param emailDomain SQL
 */
export function hasUsername(emailDomain: string): string {
  return `(u.username::text = lower(btrim(q.username::text))
           or u.email::text = lower(btrim(q.username::text)) || '@' || ${emailDomain})
      and not (u.external_provider::text = 'zitadel' and u.external_user_id::text = q.id::text)`;
}

/**
 * SQL for a FamilyState.
 * @param familyId SQL
 */
export function familyState(familyId: string): string {
  return `coalesce(
    (select case when f.deleted_at is null then 'present' else 'deleted' end
     from auth.families f where f.id = ${familyId}), 'missing')`;
}

/** Whether the role may read what `familyState` reads. */
export const MAY_SEE_FAMILIES = `(has_column_privilege('auth.families', 'id', 'select')
  and has_column_privilege('auth.families', 'deleted_at', 'select'))`;

/** The columns of ClaimedJob, normalized as FamilyHub does on read. */
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
  -- The API may lack this column: then the name resolves to the outer query's.
  (select (select traceparent::text from (select q.*) as job)
   from (values (null::text)) as lacking (traceparent)) as traceparent`;

/**
 * Cuts a message to the length of its column, which may be shorter than in FamilyHub's API.
 * @param message SQL of type text
 */
export function cutToFit(message: string): string {
  return `left(${message}, (
    select case when a.atttypmod > 4 then a.atttypmod - 4 else 2000 end
    from pg_catalog.pg_attribute a
    where a.attrelid = '${QUEUE}'::regclass::oid and a.attname = 'last_error_message'))`;
}

/** A time in JavaScript's format, for any type of time column; infinity by its name. */
export function isoTime(moment: string): string {
  return `case when isfinite(${moment})
    then to_char(${moment}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    else ${moment}::text end`;
}

/** A job's state as the audit log stores it. */
export function auditedState(job: string): string {
  return `pg_catalog.jsonb_build_object(
    'status', ${job}.status, 'retryCount', ${job}.retry_count,
    'nextRetryAt', ${isoTime(`${job}.next_retry_at`)}, 'lastErrorCode', ${job}.last_error_code)`;
}

/**
 * The attempt that made job `q` fail; an attempt that was not the job's fault leaves the last error
 * unchanged.
 */
export const LAST_FAULT = `
  select a.error_code, a.grpc_code, a.zitadel_error_id
  from family_hub_jobs.attempts a
  where a.job_id = q.id and a.outcome::text <> 'deferred' and a.error_code is not null
  order by a.attempt_id desc
  limit 1`;
