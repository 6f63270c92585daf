// The statement that settles claimed jobs with what was sent, if the run still holds them.
import { createdEvents, failedEvents, INSERT_EVENTS } from "../queue-table/events.sql.ts";
import { cutToFit, QUEUE, STATUS } from "../queue-table/queue.sql.ts";
import { SETTLEMENT_COLUMNS } from "./settlement-row.ts";

/** What FamilyHub's API changed in a row `q` since `r` was claimed: the account does not have it. */
const DRIFT = `
  (select 'changed in FamilyHub meanwhile, while the account keeps what was sent: '
          || string_agg(d.name || ' "' || d.sent || '" is now "' || d.now || '"', ', ')
   from (values ('username', r.username, lower(btrim(q.username::text))),
                ('full name', r.full_name, btrim(q.full_name::text)),
                ('role', r.role, q.role::text),
                ('family', r.family_id::text, q.family_id::text)) as d (name, sent, now)
   where d.sent <> d.now)`;

/** Runs may insert user rows but not change them: a person must add what an existing one lacks. */
const REMARK = `
  case when known.family_id = h.family_id and known.username is null then
    'FamilyHub had made user ' || known.id || ' for this account itself, without a username: '
    || 'set it to "' || h.username || '" there'
  end`;

/** $1 settlements as JSON, $2 run, $3 email domain. */
export const SETTLE = `
  with result as (
    select * from jsonb_to_recordset($1::jsonb) as r (${SETTLEMENT_COLUMNS})
  ),
  -- The guard: everything below requires that the run still holds the row, which stays locked. Other changes
  -- of the row do not matter, unless it is already completed.
  held as materialized (
    select r.*, r.outcome in ('created', 'adopted') as completed, ${DRIFT} as drift
    from ${QUEUE} q
    join result r on r.id = q.id
    -- A case expression, so that the rows are found by ID: the index on status is full of this run's dead
    -- entries while another session holds a snapshot. It also makes the planner estimate many rows; from its
    -- statistics it would estimate none, and compare each row with each below.
    where case when q.claimed_by_run_id = $2 then ${STATUS} <> 'completed' end
    order by q.id
    -- A row that another session has locked must not delay the others.
    for no key update of q skip locked
  ),
  new_user as (
    insert into auth.users
      (id, email, email_verified, email_verified_at, external_user_id, external_provider,
       family_id, role, username, full_name, zitadel_user_id, created_at, updated_at)
    select gen_random_uuid(), username || '@' || $3::text, true, now(), "zitadelUserId", 'zitadel',
           family_id, role, username, full_name, "zitadelUserId", now(), now()
    from held
    where completed
    on conflict do nothing
    returning id, external_user_id
  ),
  judged as (
    select h.*, known.id as known_id, known.family_id as known_family_id,
           coalesce(n.id, case
             -- An account that belongs to another FamilyHub user is not this job's.
             when known.family_id = h.family_id and coalesce(known.username::text, h.username) = h.username
             then known.id
           end) as user_id,
           ${REMARK} as remark
    from held h
    left join new_user n on n.external_user_id::text = h."zitadelUserId"
    -- Separate, so that only the unique index can be used: by family, the planner would read all users of a
    -- large family for each job.
    left join lateral (
      select u.id, u.family_id, u.username
      from auth.users u
      where n.id is null
        and u.external_provider::text = 'zitadel' and u.external_user_id::text = h."zitadelUserId"
      offset 0
    ) known on true
  ),
  verdict as (
    select * from judged where user_id is not null or not completed
  ),
  settled as (
    update ${QUEUE} q
    set status = case when v.completed then 'completed' when v.outcome = 'failed' then 'failed' else 'pending' end,
        retry_count = v."retryCount",
        next_retry_at = case
          when v.outcome = 'retried' then now() + v."waitMs" * interval '1 ms'
          when v.outcome = 'deferred' and v."waitMs" is not null
            then greatest(q.next_retry_at, now() + v."waitMs" * interval '1 ms')
          when v.outcome = 'deferred' then q.next_retry_at
        end,
        -- The password is no longer needed, so nobody may be able to decrypt it.
        encrypted_password = case when v.completed then '' else q.encrypted_password end,
        zitadel_user_id = case when v.completed then v."zitadelUserId" else q.zitadel_user_id end,
        completed_at = case when v.completed then now() end,
        last_error_code = case when v.outcome = 'deferred' then q.last_error_code else v."errorCode" end,
        last_error_message = case
          when v.outcome = 'deferred' then q.last_error_message
          when not v.completed then ${cutToFit("v.message")}
        end,
        claimed_by_run_id = null,
        lease_expires_at = null,
        updated_at = now()
    from verdict v
    where q.id = v.id
    returning q.id,
              ${STATUS} = case when v.completed then 'completed' when v.outcome = 'failed' then 'failed' else 'pending' end
                and q.retry_count = v."retryCount"
                and not (v.completed and q.encrypted_password::text <> '') as stands
  ),
  attempt as (
    insert into family_hub_jobs.attempts
      (job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message, duration_ms,
       traceparent)
    select id, $2, outcome, "retryCount", "errorCode", "grpcCode", "zitadelErrorId",
           left(case when completed then nullif(concat_ws('; ', message, drift, remark), '') else message end, 2000),
           "durationMs", traceparent
    from verdict
    where "durationMs" is not null
  ),
  event as (
    ${INSERT_EVENTS}
    ${createdEvents("from verdict where completed")}
    union all
    ${failedEvents("from verdict where outcome = 'failed'", {
      code: '"errorCode"',
      message: "message",
      attempts: '"retryCount" + 1',
    })}
    -- No columns: runs may write events, but not read them.
    returning true
  )
  select j.id, s.id is not null as settled,
         case when j.completed then nullif(concat_ws('; ', j.drift, j.remark), '') end as drift,
         case when j.known_id is not null then
           pg_catalog.jsonb_build_object('id', j.known_id, 'familyId', j.known_family_id)
         end as user,
         -- Postgres reports a write, but a trigger returned null or changed the row.
         case
           when j.user_id is null and j.completed then
             case when j.known_id is null and not exists (
               select from auth.users u
               where u.username::text = j.username or u.email::text = j.username || '@' || $3::text
             ) then 'auth.users' end
           when not coalesce(s.stands, false) then '${QUEUE}'
           -- If there are several, splitting the batch shows which.
           when (select count(*) from event)
             < (select count(*) from verdict where completed or outcome = 'failed') then 'auth.outbox_events'
         end as "overruledOn"
  from judged j
  left join settled s on s.id = j.id`;
