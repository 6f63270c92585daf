// FamilyHub's own tables: created if they are missing, unchanged if they exist.
//
// Old and new versions can run side by side. Rolling back drops nothing, because the API owns these tables.
import type { Knex } from "knex";

interface Table {
  readonly name: string;
  /** A column and the table that it refers to; the constraint's name contains both and its table. */
  readonly references: readonly (readonly [column: string, table: string])[];
  readonly ddl: readonly string[];
}

const TABLES: readonly Table[] = [
  {
    name: "families",
    references: [],
    ddl: [
      `create table auth.families (
        id uuid constraint pk_families primary key,
        name varchar(100) not null,
        owner_id uuid not null,
        deleted_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`,
      "create index ix_families_owner_id on auth.families (owner_id)",
    ],
  },
  {
    name: "users",
    references: [["family_id", "families"]],
    ddl: [
      `create table auth.users (
        id uuid constraint pk_users primary key,
        email varchar(320) not null,
        email_verified boolean not null default false,
        email_verified_at timestamptz,
        external_user_id varchar(255) not null,
        external_provider varchar(50) not null,
        family_id uuid not null,
        role varchar(50) not null default '',
        username varchar(20),
        full_name varchar(100),
        zitadel_user_id varchar(255),
        deleted_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`,
      "create unique index ix_users_email on auth.users (email)",
      `create unique index ix_users_external_provider_user_id
        on auth.users (external_provider, external_user_id)`,
      "create index ix_users_family_id on auth.users (family_id)",
      "create unique index ix_users_username on auth.users (username) where username is not null",
      `create index ix_users_zitadel_user_id
        on auth.users (zitadel_user_id) where zitadel_user_id is not null`,
    ],
  },
  {
    name: "family_member_invitations",
    references: [
      ["family_id", "families"],
      ["invited_by_user_id", "users"],
    ],
    ddl: [
      `create table auth.family_member_invitations (
        invitation_id uuid constraint pk_family_member_invitations primary key,
        family_id uuid not null,
        email varchar(255),
        username varchar(20),
        full_name varchar(100),
        role varchar(20) not null,
        token varchar(64) not null,
        display_code varchar(8) not null,
        expires_at timestamptz not null,
        invited_by_user_id uuid not null,
        status varchar(20) not null,
        message text,
        accepted_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint ck_family_member_invitations_email_xor_username
          check ((email is null) <> (username is null))
      )`,
      `create unique index ix_family_member_invitations_token
        on auth.family_member_invitations (token)`,
      `create index ix_family_member_invitations_family_id
        on auth.family_member_invitations (family_id)`,
      `create index ix_family_member_invitations_expires_at
        on auth.family_member_invitations (expires_at)`,
      `create index ix_family_member_invitations_invited_by_user_id
        on auth.family_member_invitations (invited_by_user_id)`,
      `create index ix_family_member_invitations_family_id_status
        on auth.family_member_invitations (family_id, status)`,
    ],
  },
  {
    name: "outbox_events",
    references: [],
    ddl: [
      `create table auth.outbox_events (
        event_id uuid constraint pk_outbox_events primary key,
        event_type varchar(255) not null,
        event_version int not null,
        aggregate_type varchar(255) not null,
        aggregate_id uuid not null,
        payload jsonb not null,
        processed_at timestamptz,
        status int not null,
        retry_count int not null default 0,
        error_message text,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`,
      "create index ix_outbox_events_status_created_at on auth.outbox_events (status, created_at)",
      "create index ix_outbox_events_created_at on auth.outbox_events (created_at)",
    ],
  },
  {
    name: "queued_managed_account_creations",
    references: [["family_id", "families"]],
    ddl: [
      `create table auth.queued_managed_account_creations (
        id uuid constraint pk_queued_managed_account_creations primary key,
        family_id uuid not null,
        username varchar(20) not null,
        full_name varchar(100) not null,
        role varchar(50) not null,
        encrypted_password varchar(500) not null,
        created_by_user_id uuid not null,
        retry_count int not null default 0,
        status varchar(50) not null,
        next_retry_at timestamptz,
        last_error_message varchar(2000),
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint ck_queued_managed_account_creations_retry_count
          check (retry_count between 0 and 5)
      )`,
      `create index ix_queued_managed_account_creations_family_id
        on auth.queued_managed_account_creations (family_id)`,
      `create index ix_queued_managed_account_creations_status
        on auth.queued_managed_account_creations (status)`,
      `create index ix_queued_managed_account_creations_status_next_retry
        on auth.queued_managed_account_creations (status, next_retry_at)`,
    ],
  },
];

export async function up(knex: Knex): Promise<void> {
  // Checked first: `create schema if not exists` requires the right to create even if it exists.
  if (!(await exists(knex, "to_regnamespace('auth')"))) await knex.raw("create schema auth");
  for (const table of TABLES) {
    if (await exists(knex, `to_regclass('auth.${table.name}')`)) continue;
    for (const statement of table.ddl) await knex.raw(statement);
    for (const [column, other] of table.references) await refer(knex, table.name, column, other);
  }
}

/** Adds a foreign key, except to a view that replaces a table of another schema. */
async function refer(knex: Knex, table: string, column: string, other: string): Promise<void> {
  const unique = `(select from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'id'
    where i.indrelid = 'auth.${other}'::regclass::oid and i.indisunique and i.indpred is null
      and i.indnkeyatts = 1 and i.indkey[0] = a.attnum)`;
  if (!(await exists(knex, `nullif(exists ${unique}, false)`))) return;
  await knex.raw(
    `alter table auth.${table} add constraint fk_${table}_${other}_${column}
       foreign key (${column}) references auth.${other} (id) on delete restrict`,
  );
}

export async function down(): Promise<void> {
  // Nothing: what the API owns stays, even if this migration created it.
}

async function exists(knex: Knex, lookup: string): Promise<boolean> {
  const sql = `select ${lookup} is not null as found`;
  const { rows } = await knex.raw<{ rows: { found: boolean }[] }>(sql);
  return rows[0]?.found === true;
}
