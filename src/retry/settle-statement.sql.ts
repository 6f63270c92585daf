// The statement that settles claimed jobs: what was sent, fenced by what was claimed.
import { createdEvents, failedEvents, INSERT_EVENTS } from "../queue-table/events.sql.ts";
import { cutToFit, QUEUE, STATUS } from "../queue-table/queue.sql.ts";
import { SETTLEMENT_COLUMNS } from "./settlement-row.ts";

/** What FamilyHub's API has changed in a row `q` since `r` was claimed: the account cannot know it. */
const DRIFT = `
  (select 'changed in FamilyHub meanwhile, while the account keeps what was sent: '
          || string_agg(d.name || ' "' || d.sent || '" is now "' || d.now || '"', ', ')
   from (values ('username', r.username, lower(btrim(q.username::text))),
                ('full name', r.full_name, btrim(q.full_name::text)),
                ('role', r.role, q.role::text),
                ('family', r.family_id::text, q.family_id::text)) as d (name, sent, now)
   where d.sent <> d.now)`;

/** Runs may write user rows and change none: of one that was there already, a hand must add what it lacks. */
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
  -- The guard: everything below hangs on the run still holding the row, which stays locked. What the
  -- row says by now does not matter, but for what is already done.
  held as materialized (
    select r.*, r.outcome in ('created', 'adopted') as completed, ${DRIFT} as drift
    from ${QUEUE} q
    join result r on r.id = q.id
    -- As a case, so that the rows are found by their ids: the index on status is full of the dead entries
    -- of this very run while somebody holds a snapshot. And so that the planner takes many to be held: from
    -- its statistics it would know of none, and compare each with each below.
    where case when q.claimed_by_run_id = $2 then ${STATUS} <> 'completed' end
    order by q.id
    -- A row that somebody else has locked must not keep the others waiting.
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
             -- An account that FamilyHub knows as somebody else's is not this job's.
             when known.family_id = h.family_id and coalesce(known.username::text, h.username) = h.username
             then known.id
           end) as user_id,
           ${REMARK} as remark
    from held h
    left join new_user n on n.external_user_id::text = h."zitadelUserId"
    -- Fenced in, so that only the unique index fits: by its family the planner would read all users of a
    -- large one, for each job of the batch.
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
        -- The password has done its work: nobody may decrypt it any more.
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
    -- No column of it: runs may write events and not read them.
    returning true
  )
  select j.id, s.id is not null as settled,
         case when j.completed then nullif(concat_ws('; ', j.drift, j.remark), '') end as drift,
         case when j.known_id is not null then
           pg_catalog.jsonb_build_object('id', j.known_id, 'familyId', j.known_family_id)
         end as user,
         -- Written, said Postgres, and it is not: a trigger that returns null, or changes what is written.
         case
           when j.user_id is null and j.completed then
             case when j.known_id is null and not exists (
               select from auth.users u
               where u.username::text = j.username or u.email::text = j.username || '@' || $3::text
             ) then 'auth.users' end
           when not coalesce(s.stands, false) then '${QUEUE}'
           -- Which of several, the batch shows in parts.
           when (select count(*) from event)
             < (select count(*) from verdict where completed or outcome = 'failed') then 'auth.outbox_events'
         end as "overruledOn"
  from judged j
  left join settled s on s.id = j.id`;
