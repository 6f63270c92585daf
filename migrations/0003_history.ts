// The tool's own history: attempts, the ledger of runs, operator actions, the breaker and the pause.
//
// No foreign keys to FamilyHub's tables, because the API deletes its rows without notice. Old and new
// versions can run side by side.
import type { Knex } from "knex";

/** One row while an operator has paused the queue. */
export const PAUSE = `
  create table if not exists family_hub_jobs.pause (
    only_row boolean primary key default true check (only_row),
    since timestamptz not null,
    until timestamptz not null,
    actor varchar(255) not null,
    reason text not null
  )`;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
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
    )`);

  await knex.raw(`
    create table family_hub_jobs.runs (
      run_id uuid primary key,
      command varchar(50) not null,
      host varchar(255) not null,
      pid int not null,
      version varchar(50) not null,
      started_at timestamptz not null,
      finished_at timestamptz,
      outcome varchar(20)
        check (outcome::text in ('completed', 'stopped', 'paused', 'unavailable', 'refused', 'interrupted')),
      reason text,
      counts jsonb not null default '{}',
      check ((finished_at is null) = (outcome is null))
    )`);

  await knex.raw(`
    create table family_hub_jobs.operator_actions (
      action_id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor varchar(255) not null,
      verb varchar(50) not null,
      reason text,
      job_id uuid,
      before jsonb,
      after jsonb,
      batch_id uuid
    )`);

  await knex.raw(`
    create table family_hub_jobs.breaker (
      only_row boolean primary key default true check (only_row),
      opened_at timestamptz,
      paused_until timestamptz,
      reason varchar(2000),
      updated_at timestamptz not null default now(),
      answered_at timestamptz,
      answered_url varchar(2000),
      answered_key varchar(200)
    )`);
  await knex.raw("insert into family_hub_jobs.breaker default values");
  await knex.raw(PAUSE);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ["pause", "breaker", "operator_actions", "runs", "attempts"]) {
    await knex.raw(`drop table family_hub_jobs.${table}`);
  }
}
