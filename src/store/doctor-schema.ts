// Which tables and columns the tool counts on, and which of them the database lacks.
import type { Queryable } from "./database.ts";

/** The columns that some statement of the tool names. */
const COUNTED_ON: Readonly<Record<string, readonly string[]>> = {
  "auth.queued_managed_account_creations": [
    ...["id", "family_id", "username", "full_name", "role", "encrypted_password"],
    ...["created_by_user_id", "retry_count", "status", "next_retry_at", "last_error_message"],
    ...["created_at", "updated_at", "last_error_code", "zitadel_user_id", "completed_at"],
    ...["claimed_by_run_id", "lease_expires_at"],
  ],
  "auth.families": ["id"],
  "auth.users": [
    ...["id", "email", "email_verified", "email_verified_at", "external_user_id"],
    ...["external_provider", "family_id", "role", "username", "full_name", "zitadel_user_id"],
    ...["created_at", "updated_at"],
  ],
  "auth.outbox_events": [
    ...["event_id", "event_type", "event_version", "aggregate_type", "aggregate_id", "payload"],
    ...["status", "retry_count", "processed_at", "created_at", "updated_at"],
  ],
  "auth.family_member_invitations": ["expires_at", "accepted_at", "status", "updated_at"],
  "family_hub_jobs.attempts": [
    ...["attempt_id", "job_id", "run_id", "outcome", "retry_count", "error_code", "grpc_code"],
    ...["zitadel_error_id", "message", "duration_ms", "finished_at"],
  ],
  "family_hub_jobs.runs": [
    ...["run_id", "command", "host", "pid", "version", "started_at", "finished_at"],
    ...["outcome", "reason", "counts"],
  ],
  "family_hub_jobs.operator_actions": [
    ...["action_id", "at", "actor", "verb", "reason", "job_id", "before", "after", "batch_id"],
  ],
  "family_hub_jobs.breaker": ["opened_at", "paused_until", "reason", "updated_at"],
};

export interface MissingColumns {
  readonly table: string;
  /** null: the table itself is missing. */
  readonly columns: readonly string[] | null;
}

/** From the catalog, which shows also what the role may not read. */
export async function findMissingColumns(
  db: Queryable,
): Promise<{ tables: number; missing: MissingColumns[] }> {
  const wanted = Object.entries(COUNTED_ON).map(([name, columns]) => ({ name, columns }));
  const missing = await db.query<MissingColumns>(
    `select w.name as "table",
            case when c.oid is null then null else pg_catalog.array_agg(k.name order by k.place) end as columns
     from jsonb_to_recordset($1::jsonb) as w (name text, columns text[])
     cross join pg_catalog.unnest(w.columns) with ordinality as k (name, place)
     left join (pg_class c join pg_namespace n on n.oid = c.relnamespace)
       on n.nspname::text || '.' || c.relname::text = w.name and c.relkind in ('r', 'p', 'v')
     left join pg_attribute a
       on a.attrelid = c.oid and a.attname::text = k.name and not a.attisdropped
     where a.attname is null
     group by w.name, c.oid
     order by w.name`,
    [JSON.stringify(wanted)],
  );
  return { tables: wanted.length, missing };
}

/** @returns null where nothing was ever migrated */
export async function listAppliedMigrations(db: Queryable): Promise<string[] | null> {
  const tables = await db.query(
    `select 1
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'family_hub_jobs' and c.relname = 'migrations'`,
  );
  if (tables.length === 0) return null;
  const rows = await db.query<{ name: string }>(
    "select m.name from family_hub_jobs.migrations m order by m.name::text",
  );
  return rows.map(({ name }) => name);
}
