-- What unreleased versions did to a database that FamilyHub's API had made, captured from their nine
-- migrations; of knex's the tables, and no `concurrently`, so that a file's part is one transaction.

create schema family_hub_jobs;
create table family_hub_jobs.migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamptz);
create table family_hub_jobs.migrations_lock (index serial primary key, is_locked integer);

-- 0001_family_hub_tables

-- 0002_queue_columns
alter table auth.queued_managed_account_creations add column last_error_code varchar(50);
comment on column auth.queued_managed_account_creations.last_error_code is 'Added by family-hub-jobs';
alter table auth.queued_managed_account_creations add column zitadel_user_id varchar(255);
comment on column auth.queued_managed_account_creations.zitadel_user_id is 'Added by family-hub-jobs';
alter table auth.queued_managed_account_creations add column completed_at timestamptz;
comment on column auth.queued_managed_account_creations.completed_at is 'Added by family-hub-jobs';
alter table auth.queued_managed_account_creations add column claimed_by_run_id uuid;
comment on column auth.queued_managed_account_creations.claimed_by_run_id is 'Added by family-hub-jobs';
alter table auth.queued_managed_account_creations add column lease_expires_at timestamptz;
comment on column auth.queued_managed_account_creations.lease_expires_at is 'Added by family-hub-jobs';

-- 0003_history_tables
create table family_hub_jobs.attempts (
      attempt_id bigint generated always as identity primary key,
      job_id uuid not null,
      run_id uuid not null,
      outcome varchar(20) not null
        check (outcome::text in ('created', 'adopted', 'retried', 'failed', 'deferred')),
      retry_count int not null,
      error_code varchar(50),
      grpc_code int,
      zitadel_error_id varchar(100),
      message varchar(2000),
      duration_ms int not null,
      finished_at timestamptz not null default now(),
      check ((error_code is null) = (outcome::text in ('created', 'adopted')))
    );
create index attempts_job_id on family_hub_jobs.attempts (job_id, attempt_id);
create table family_hub_jobs.runs (
      run_id uuid primary key,
      command varchar(50) not null,
      host varchar(255) not null,
      pid int not null,
      version varchar(50) not null,
      started_at timestamptz not null,
      finished_at timestamptz,
      outcome varchar(20)
        check (outcome::text in ('completed', 'stopped', 'unavailable', 'refused', 'interrupted')),
      reason text,
      counts jsonb not null default '{}',
      check ((finished_at is null) = (outcome is null))
    );
create index runs_started_at on family_hub_jobs.runs (started_at desc);
create table family_hub_jobs.operator_actions (
      action_id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor varchar(255) not null,
      verb varchar(50) not null,
      reason text,
      job_id uuid,
      before jsonb,
      after jsonb
    );
create index operator_actions_job_id on family_hub_jobs.operator_actions (job_id, action_id);
create table family_hub_jobs.breaker (
      only_row boolean primary key default true check (only_row),
      opened_at timestamptz,
      paused_until timestamptz,
      reason varchar(2000),
      updated_at timestamptz not null default now()
    );
insert into family_hub_jobs.breaker default values;

-- 0004_queue_indexes
create index ix_queued_managed_account_creations_due on auth.queued_managed_account_creations (coalesce(next_retry_at, '-infinity'), id)
    where (lower(btrim(status::text, E' \t\n\r')) = 'pending' or (lower(btrim(status::text, E' \t\n\r')) = 'failed' and next_retry_at is not null));
create index ix_queued_managed_account_creations_processing on auth.queued_managed_account_creations (id) where lower(btrim(status::text, E' \t\n\r')) = 'processing';
create index ix_queued_managed_account_creations_impossible on auth.queued_managed_account_creations (id)
    where (lower(btrim(status::text, E' \t\n\r')) not in ('pending', 'processing', 'completed', 'failed')
      or (lower(btrim(status::text, E' \t\n\r')) <> 'completed' and retry_count not between 0 and 5));

-- 0005_retention_indexes
create index ix_queued_managed_account_creations_completed on auth.queued_managed_account_creations (completed_at) where lower(btrim(status::text, E' \t\n\r')) = 'completed' and completed_at is not null;
create index ix_queued_managed_account_creations_completed_elsewhere on auth.queued_managed_account_creations (updated_at) where lower(btrim(status::text, E' \t\n\r')) = 'completed' and completed_at is null;
create index ix_queued_managed_account_creations_failed_password on auth.queued_managed_account_creations (updated_at)
      where lower(btrim(status::text, E' \t\n\r')) = 'failed' and next_retry_at is null and encrypted_password::text <> '';
create index attempts_finished_at on family_hub_jobs.attempts (finished_at);

-- 0006_reading_indexes
create index ix_queued_managed_account_creations_failed on auth.queued_managed_account_creations (last_error_code, id)
      where lower(btrim(status::text, E' \t\n\r')) = 'failed' and next_retry_at is null;
create index attempts_causes on family_hub_jobs.attempts
      (error_code, coalesce(grpc_code, -1), coalesce(zitadel_error_id, ''), finished_at)
      where error_code is not null;

-- 0007_operator_batches
alter table family_hub_jobs.operator_actions add column batch_id uuid;
create index operator_actions_batch_id on family_hub_jobs.operator_actions (batch_id, action_id)
     where batch_id is not null;

-- 0008_listing_indexes
create index ix_queued_managed_account_creations_created on auth.queued_managed_account_creations (created_at, id);
create index ix_queued_managed_account_creations_open on auth.queued_managed_account_creations (created_at, id) where lower(btrim(status::text, E' \t\n\r')) <> 'completed';
create index ix_queued_managed_account_creations_open_status on auth.queued_managed_account_creations (lower(btrim(status::text, E' \t\n\r')), created_at, id)
    where lower(btrim(status::text, E' \t\n\r')) <> 'completed';
create index ix_queued_managed_account_creations_username on auth.queued_managed_account_creations (lower(btrim(username::text)), created_at, id);
create index ix_queued_managed_account_creations_created_by on auth.queued_managed_account_creations (created_by_user_id, created_at, id);
create index ix_queued_managed_account_creations_error on auth.queued_managed_account_creations (last_error_code, created_at, id)
    where last_error_code is not null;

-- 0009_last_contact
alter table family_hub_jobs.breaker
       add column answered_at timestamptz,
       add column answered_url varchar(2000),
       add column answered_key varchar(200);
