-- The database roles of family-hub-jobs, each with exactly what its commands need:
--
--   family_hub_jobs         for cron and Kubernetes: every command except `migrate`
--   family_hub_jobs_reader  for people who only look: `queue list`, `queue show`, `queue stats`,
--                           `queue errors`, `queue verify`, `runs`,
--                           `migrate status`, and completion by TAB. Not `keys list`, which reads
--                           passwords' headers. `doctor` looks for what runs need: it is for the
--                           tool's role, and names as faults what the reader rightly lacks
--
-- Run it after `family-hub-jobs migrate`, and again after each upgrade, as the owner of FamilyHub's
-- tables (who migrates) or as a superuser; running it again grants what is new, takes back what is
-- no longer needed, and keeps passwords. The owner needs CREATEROLE the first time, and where a
-- role is to become less than it is; an owner without it leaves the first time, and \password below,
-- to a superuser.
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/role.sql   (that database, as that owner)
--
-- Where the tables have row level security, choose how the roles see every row, each time you run
-- this file. With policies, one for each table and role, which need no more than the tables' owner
-- (a later run without the choice keeps them):
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -c "set family_hub_jobs.row_security = 'policies'" \
--     -f deploy/postgres/role.sql
--
-- or with BYPASSRLS, in all databases of the server, as a superuser:
--
--   … -c "set family_hub_jobs.row_security = 'bypass'" …
--
-- No password stands here. Set them in psql, which sends only a hash of what is typed:
--
--   \password family_hub_jobs
--   \password family_hub_jobs_reader

begin;

do $$
declare
  bypass boolean := coalesce(current_setting('family_hub_jobs.row_security', true), '') = 'bypass';
begin
  if (select count(*) from pg_roles where rolname in ('family_hub_jobs', 'family_hub_jobs_reader')) < 2
    and not (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
  then
    raise exception 'the role % may not create the roles family_hub_jobs and family_hub_jobs_reader', current_user
      using hint = 'Run this file as a superuser the first time, and set the password with \password as a superuser, too. Later the owner of the tables can run it.';
  end if;
  if not exists (select from pg_roles where rolname = 'family_hub_jobs') then
    create role family_hub_jobs login;
  end if;
  if not exists (select from pg_roles where rolname = 'family_hub_jobs_reader') then
    create role family_hub_jobs_reader login;
  end if;
  if bypass then
    alter role family_hub_jobs bypassrls;
    alter role family_hub_jobs_reader bypassrls;
  end if;
  -- A role that was there before may be more than it should. Looked at first: the owner of the
  -- tables may not say `nosuperuser`, even where it changes nothing.
  if exists (
    select from pg_roles
    where rolname in ('family_hub_jobs', 'family_hub_jobs_reader')
      and (rolsuper or rolcreatedb or rolcreaterole or rolreplication)
  ) then
    alter role family_hub_jobs nosuperuser nocreatedb nocreaterole noreplication;
    alter role family_hub_jobs_reader nosuperuser nocreatedb nocreaterole noreplication;
  end if;
  if not bypass and exists (
    select from pg_roles
    where rolname in ('family_hub_jobs', 'family_hub_jobs_reader') and rolbypassrls
  ) then
    alter role family_hub_jobs nobypassrls;
    alter role family_hub_jobs_reader nobypassrls;
  end if;
  -- Nothing is looked up where others may create: a function of theirs would run as these roles.
  if exists (
    select from pg_roles
    where rolname in ('family_hub_jobs', 'family_hub_jobs_reader')
      and not 'search_path=""' = any (coalesce(rolconfig, '{}'))
  ) then
    alter role family_hub_jobs set search_path = '';
    alter role family_hub_jobs_reader set search_path = '';
  end if;
end
$$;

-- From nothing, so that this file alone says what the roles may do.
revoke all on schema auth, family_hub_jobs
  from family_hub_jobs, family_hub_jobs_reader;
revoke all on all tables in schema auth, family_hub_jobs
  from family_hub_jobs, family_hub_jobs_reader;

grant usage on schema auth, family_hub_jobs
  to family_hub_jobs, family_hub_jobs_reader;

-- family_hub_jobs ----------------------------------------------------------------------------

-- insert: `queue add`; delete: `purge-jobs`, `queue erase`. Whose account a job is never changes.
grant select, insert, delete,
    update (
      status, retry_count, next_retry_at, last_error_code, last_error_message, encrypted_password,
      zitadel_user_id, completed_at, claimed_by_run_id, lease_expires_at, updated_at)
  on auth.queued_managed_account_creations to family_hub_jobs;

-- Whether a job's family exists and is not deleted, whether its username is free, and the user row of its account.
grant select (id, deleted_at) on auth.families to family_hub_jobs;
grant select (id, family_id, username, email, external_user_id, external_provider), insert
  on auth.users to family_hub_jobs;

-- Events are written; `queue show` finds those of a job.
grant select (event_id, event_type, payload, status, processed_at, created_at), insert
  on auth.outbox_events to family_hub_jobs;

-- Not the tokens, with which anybody could join a family. One column may be updated, because only
-- then Postgres lets the role lock a row, and rows are locked before they are deleted.
grant select (invitation_id, expires_at, accepted_at, status, ctid), update (updated_at), delete
  on auth.family_member_invitations to family_hub_jobs;

grant select on family_hub_jobs.migrations to family_hub_jobs;
-- delete: `purge-jobs`, `queue erase`; one column to update, for locks as above. When an attempt
-- ended is for the database to say.
grant select, delete, update (duration_ms),
    insert (
      job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message,
      duration_ms, traceparent)
  on family_hub_jobs.attempts to family_hub_jobs;
grant select, insert, update, delete on family_hub_jobs.runs to family_hub_jobs;
grant select, update on family_hub_jobs.breaker to family_hub_jobs;
grant select, insert, update, delete on family_hub_jobs.pause to family_hub_jobs;
-- The audit only grows: nobody who acts through this role can rewrite what was done, backdate it,
-- or use up the numbers of what is to come.
grant select, insert (actor, verb, reason, job_id, before, after, batch_id)
  on family_hub_jobs.operator_actions to family_hub_jobs;

-- family_hub_jobs_reader ---------------------------------------------------------------------

-- Everything of a job but its encrypted password.
grant select (
    id, family_id, username, full_name, role, created_by_user_id, status, retry_count,
    next_retry_at, last_error_code, last_error_message, zitadel_user_id, claimed_by_run_id,
    lease_expires_at, completed_at, created_at, updated_at)
  on auth.queued_managed_account_creations to family_hub_jobs_reader;
grant select (event_id, event_type, payload, status, processed_at, created_at)
  on auth.outbox_events to family_hub_jobs_reader;
grant select
  on family_hub_jobs.migrations, family_hub_jobs.attempts, family_hub_jobs.runs,
     family_hub_jobs.breaker, family_hub_jobs.pause, family_hub_jobs.operator_actions
  to family_hub_jobs_reader;

-- Row level security --------------------------------------------------------------------------

-- What a role cannot see looks like what does not exist: runs would stop with 78 and say so.
do $$
declare
  choice text := coalesce(current_setting('family_hub_jobs.row_security', true), '');
  lacking record;
begin
  if choice not in ('', 'policies', 'bypass') then
    raise exception 'family_hub_jobs.row_security is "%": it must be policies or bypass', choice;
  end if;
  for lacking in
    select c.oid::regclass as at_table, r.rolname as to_role,
           case r.rolname when 'family_hub_jobs' then 'using (true) with check (true)'
                          else 'using (true)' end as everything,
           case r.rolname when 'family_hub_jobs' then 'all' else 'select' end as command
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('auth', 'family_hub_jobs')
    cross join pg_roles r
    where c.relrowsecurity
      and r.rolname in ('family_hub_jobs', 'family_hub_jobs_reader')
      and not r.rolbypassrls
      and has_any_column_privilege(r.rolname, c.oid, 'select, insert')
      and not exists (
        select from pg_policy p
        where p.polrelid = c.oid and p.polname = r.rolname || '_all_rows'
      )
  loop
    if choice = 'policies' then
      execute format('create policy %I on %s for %s to %I %s', lacking.to_role || '_all_rows',
                     lacking.at_table, lacking.command, lacking.to_role, lacking.everything);
    else
      raise warning '% has row level security, which may hide rows from %: choose policies or bypass, as the first lines of this file say',
        lacking.at_table, lacking.to_role;
    end if;
  end loop;
end
$$;

commit;
