// What the demo itself reads from both databases, in addition to the tool's output.
import { createHash } from "node:crypto";
import type { Pool } from "pg";
import type { ZitadelControl } from "../support/zitadel-emulator/index.ts";

export interface JobState {
  readonly status: string;
  readonly retryCount: number;
  readonly errorCode: string | null;
  /** From the last change to the next try; null when none is planned. */
  readonly waitMinutes: number | null;
}

export async function readJobState(db: Pool, id: string): Promise<JobState> {
  const { rows } = await db.query<JobState>(
    `select status, retry_count as "retryCount", last_error_code as "errorCode",
            (extract(epoch from next_retry_at - updated_at) / 60)::float8 as "waitMinutes"
     from auth.queued_managed_account_creations
     where id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`job ${id} is gone`);
  return row;
}

/** @returns the payloads, oldest first */
export async function readEvents(db: Pool, name: string): Promise<Record<string, unknown>[]> {
  const { rows } = await db.query<{ payload: Record<string, unknown> }>(
    "select payload from auth.outbox_events where event_type like '%.' || $1::text order by created_at",
    [name],
  );
  return rows.map(({ payload }) => payload);
}

/** The first column of every row. */
export async function readColumn(
  db: Pool,
  sql: string,
  values: unknown[] = [],
): Promise<unknown[]> {
  const { rows } = await db.query<unknown[]>({ text: sql, values, rowMode: "array" });
  return rows.map(([value]) => value);
}

/** Lets time pass for the jobs that wait for their next try. */
export async function passMinutes(db: Pool, minutes: number): Promise<void> {
  await db.query(
    `update auth.queued_managed_account_creations
     set next_retry_at = next_retry_at - $1::int * interval '1 minute'
     where status = 'pending'`,
    [minutes],
  );
}

const TABLES = [
  "auth.families",
  "auth.users",
  "auth.family_member_invitations",
  "auth.outbox_events",
  "auth.queued_managed_account_creations",
  "family_hub_jobs.migrations",
  "family_hub_jobs.attempts",
  "family_hub_jobs.operator_actions",
];

/** Equal only when every row of Postgres and every account of Zitadel is as it was. */
export async function fingerprint(db: Pool, zitadel: ZitadelControl): Promise<string> {
  const hash = createHash("sha256");
  for (const table of TABLES) {
    hash.update(JSON.stringify(await readColumn(db, `select t::text from ${table} t order by 1`)));
  }
  hash.update(JSON.stringify(await zitadel.listUsers()));
  return hash.digest("hex");
}
