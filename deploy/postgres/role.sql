-- Creates the two database roles of family-hub-jobs, each with exactly the privileges that its commands need:
--
--   family_hub_jobs         for cron and Kubernetes: every command except `migrate`
--   family_hub_jobs_reader  for people who only inspect the queue: `queue list`, `queue show`, `queue stats`,
--                           `queue errors`, `queue verify`, `queue undo --list`, `runs`, `migrate status` and
--                           shell completion. It cannot run `keys list` or `queue list --key`, which read the
--                           passwords' headers. Run `doctor` as family_hub_jobs: as the reader it reports
--                           missing privileges that only runs need.
--
-- Run this file after `family-hub-jobs migrate`, and again after each upgrade, in the same database:
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/role.sql
--
-- Connect as the owner of FamilyHub's tables (the role that runs `migrate`) or as a superuser. The owner
-- needs CREATEROLE to create the roles, to set their passwords, and to remove privileges that they should
-- not have. If the owner lacks CREATEROLE, let a superuser run this file the first time and set the passwords.
--
-- Running this file again grants new privileges, revokes those that are no longer needed, and keeps passwords.
--
-- If the tables have row level security, choose how the roles see every row; the choice stays until you make
-- another. Either with one policy for each table and role, which only the tables' owner needs to create:
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -c "set family_hub_jobs.row_security = 'policies'" \
--     -f deploy/postgres/role.sql
--
-- or with BYPASSRLS, which is valid in all databases of the server and needs a superuser:
--
--   … -c "set family_hub_jobs.row_security = 'bypass'" …
--
-- This file sets no passwords. Set them in psql, which sends only a hash of what you type:
--
--   \password family_hub_jobs
--   \password family_hub_jobs_reader

begin;

do $$
declare
  choice text := coalesce(current_setting('family_hub_jobs.row_security', true), '');
begin
  if (select count(*) from pg_roles where rolname in ('family_hub_jobs', 'family_hub_jobs_reader')) < 2
    and not (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
  then
    raise exception 'the role % may not create the roles family_hub_jobs and family_hub_jobs_reader', current_user
      using hint = 'Run this file as a superuser the first time, and set the passwords as a superuser, too (\password). After that, the owner of the tables can run it.';
  end if;
  if not exists (select from pg_roles where rolname = 'family_hub_jobs') then
    create role family_hub_jobs login;
  end if;
  if not exists (select from pg_roles where rolname = 'family_hub_jobs_reader') then
    create role family_hub_jobs_reader login;
  end if;
  if choice = 'bypass' then
    alter role family_hub_jobs bypassrls;
    alter role family_hub_jobs_reader bypassrls;
  end if;
  -- An existing role may have attributes that it should not have. Check first: only a superuser may run
  -- `alter role … nosuperuser`, even if it changes nothing.
  if exists (
    select from pg_roles
    where rolname in ('family_hub_jobs', 'family_hub_jobs_reader')
      and (rolsuper or rolcreatedb or rolcreaterole or rolreplication)
  ) then
    alter role family_hub_jobs nosuperuser nocreatedb nocreaterole noreplication;
    alter role family_hub_jobs_reader nosuperuser nocreatedb nocreaterole noreplication;
  end if;
  if choice = 'policies' and exists (
    select from pg_roles
    where rolname in ('family_hub_jobs', 'family_hub_jobs_reader') and rolbypassrls
  ) then
    alter role family_hub_jobs nobypassrls;
    alter role family_hub_jobs_reader nobypassrls;
  end if;
  -- An empty search_path, so that no function that someone else created in a schema runs as these roles.
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

-- Revoke everything first, so that the roles have exactly the privileges in this file.
revoke all on schema auth, family_hub_jobs
  from family_hub_jobs, family_hub_jobs_reader;
revoke all on all tables in schema auth, family_hub_jobs
  from family_hub_jobs, family_hub_jobs_reader;

grant usage on schema auth, family_hub_jobs
  to family_hub_jobs, family_hub_jobs_reader;

-- family_hub_jobs ----------------------------------------------------------------------------

-- insert: for `queue add`; delete: for `purge-jobs` and `queue erase`. Not updated: whom a job is for.
grant select, insert, delete,
    update (
      status, retry_count, next_retry_at, last_error_code, last_error_message, encrypted_password,
      zitadel_user_id, completed_at, claimed_by_run_id, lease_expires_at, updated_at)
  on auth.queued_managed_account_creations to family_hub_jobs;

-- To check that a job's family exists and that its username is free, and to insert the user row of its account.
grant select (id, deleted_at) on auth.families to family_hub_jobs;
grant select (id, family_id, username, email, external_user_id, external_provider), insert
  on auth.users to family_hub_jobs;

-- insert: a job's events; select: `queue show` lists them.
grant select (event_id, event_type, payload, status, processed_at, created_at), insert
  on auth.outbox_events to family_hub_jobs;

-- Not the tokens: anyone who has one can join the family. The update privilege on one column is only
-- there because Postgres requires it to lock a row, and rows are locked before they are deleted.
grant select (invitation_id, expires_at, accepted_at, status, ctid), update (updated_at), delete
  on auth.family_member_invitations to family_hub_jobs;

grant select on family_hub_jobs.migrations to family_hub_jobs;
-- delete: for `purge-jobs` and `queue erase`; update: only to lock rows, as above. No insert into the
-- column of the time: the database sets it.
grant select, delete, update (duration_ms),
    insert (
      job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message,
      duration_ms, traceparent)
  on family_hub_jobs.attempts to family_hub_jobs;
grant select, insert, update, delete on family_hub_jobs.runs to family_hub_jobs;
grant select, update on family_hub_jobs.breaker to family_hub_jobs;
grant select, insert, update, delete on family_hub_jobs.pause to family_hub_jobs;
-- The audit log is append-only: this role cannot change or backdate an entry, or choose its number.
grant select, insert (actor, verb, reason, job_id, before, after, batch_id)
  on family_hub_jobs.operator_actions to family_hub_jobs;

-- family_hub_jobs_reader ---------------------------------------------------------------------

-- Every column of a job except its encrypted password.
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

-- A row that is hidden from a role looks like a missing row. So runs stop with exit code 78 if rows may be hidden.
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
      raise warning '% has row level security, which may hide rows from %: choose policies or bypass (see the first lines of this file)',
        lacking.at_table, lacking.to_role;
    end if;
  end loop;
end
$$;

commit;
