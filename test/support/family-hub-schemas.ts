// FamilyHub's database as it is found in the field, before this tool has ever seen it.
//
// - `own`: empty; the tool creates the tables.
// - `ef`: made by the API's own migrations: no defaults on the queue's created_at and updated_at.
// - `script`: the queue made by hand: every time column without time zone, holding UTC.

export const VARIANTS = ["own", "ef", "script"] as const;
export type Variant = (typeof VARIANTS)[number];

const COMMON = `
  create schema auth;
  create table auth.families (
    id uuid constraint pk_families primary key, name varchar(100) not null, owner_id uuid not null,
    deleted_at timestamptz, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create index ix_families_owner_id on auth.families (owner_id);
  create table auth.users (
    id uuid constraint pk_users primary key, email varchar(320) not null,
    email_verified boolean not null default false, email_verified_at timestamptz,
    external_user_id varchar(255) not null, external_provider varchar(50) not null,
    family_id uuid not null constraint fk_users_families_family_id references auth.families (id) on delete restrict,
    role varchar(50) not null default '', username varchar(20), full_name varchar(100),
    zitadel_user_id varchar(255), deleted_at timestamptz,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create unique index ix_users_email on auth.users (email);
  create unique index ix_users_external_provider_user_id on auth.users (external_provider, external_user_id);
  create index ix_users_family_id on auth.users (family_id);
  create unique index ix_users_username on auth.users (username) where username is not null;
  create index ix_users_zitadel_user_id on auth.users (zitadel_user_id) where zitadel_user_id is not null;
  create table auth.family_member_invitations (
    invitation_id uuid primary key,
    family_id uuid not null references auth.families (id) on delete restrict,
    email varchar(255), username varchar(20), full_name varchar(100), role varchar(20) not null,
    token varchar(64) not null, display_code varchar(8) not null, expires_at timestamptz not null,
    invited_by_user_id uuid not null references auth.users (id) on delete restrict,
    status varchar(20) not null, message text, accepted_at timestamptz,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    constraint ck_family_member_invitations_email_xor_username check ((email is null) <> (username is null)));
  create unique index ix_family_member_invitations_token on auth.family_member_invitations (token);
  create index ix_family_member_invitations_expires_at on auth.family_member_invitations (expires_at);
  create table auth.outbox_events (
    event_id uuid primary key, event_type varchar(255) not null, event_version int not null,
    aggregate_type varchar(255) not null, aggregate_id uuid not null, payload jsonb not null,
    processed_at timestamptz, status int not null, retry_count int not null default 0, error_message text,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create index ix_outbox_events_status_created_at on auth.outbox_events (status, created_at);`;

const QUEUE_INDEXES = `
  create index ix_queued_managed_account_creations_family_id on auth.queued_managed_account_creations (family_id);
  create index ix_queued_managed_account_creations_status on auth.queued_managed_account_creations (status);
  create index ix_queued_managed_account_creations_status_next_retry
    on auth.queued_managed_account_creations (status, next_retry_at);`;

export const API_SCHEMAS: Record<Variant, string> = {
  own: "select 1",
  ef: `${COMMON}
    create table auth.queued_managed_account_creations (
      id uuid constraint pk_queued_managed_account_creations primary key,
      family_id uuid not null references auth.families (id) on delete restrict,
      username varchar(20) not null, full_name varchar(100) not null, role varchar(50) not null,
      encrypted_password varchar(500) not null, created_by_user_id uuid not null,
      retry_count int not null default 0, status varchar(50) not null, next_retry_at timestamptz,
      last_error_message varchar(2000), created_at timestamptz not null, updated_at timestamptz not null);
    ${QUEUE_INDEXES}`,
  script: `${COMMON}
    create table auth.queued_managed_account_creations (
      id uuid primary key, family_id uuid not null,
      username varchar(20) not null, full_name varchar(100) not null, role varchar(50) not null,
      encrypted_password varchar(500) not null, created_by_user_id uuid not null,
      retry_count int not null default 0, status varchar(50) not null,
      next_retry_at timestamp without time zone, last_error_message varchar(2000),
      created_at timestamp without time zone not null default current_timestamp,
      updated_at timestamp without time zone not null default current_timestamp);
    ${QUEUE_INDEXES}`,
};
