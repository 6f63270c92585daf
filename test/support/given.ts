// Builders of rows: each fills in what a state implies, so that a test names only what matters to it.
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { parseKeyRing, type KeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import type { TestDatabase } from "./database.ts";
import { testRingFile } from "./test-server.ts";

export async function givenFamily(db: TestDatabase, id: string = randomUUID()): Promise<string> {
  await db.query(
    "insert into auth.families (id, name, owner_id) values ($1, 'Smith', $2) on conflict do nothing",
    [id, randomUUID()],
  );
  return id;
}

export interface JobFields {
  readonly id?: string;
  readonly familyId?: string;
  readonly username?: string;
  readonly fullName?: string;
  readonly role?: string;
  readonly password?: string;
  /** Stored as it is; otherwise `password` is sealed for this job under the test ring. */
  readonly encryptedPassword?: string;
  readonly status?: string;
  readonly retryCount?: number;
  /** SQL, such as `now() + interval '1 hour'` or `null`; the default follows from the status. */
  readonly nextRetryAt?: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  /** The tool's own column: null when the API or an older worker completed the job. */
  readonly completedAt?: string;
  readonly lastErrorCode?: string;
  readonly lastErrorMessage?: string;
}

export interface GivenJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly password: string;
}

/** A job as FamilyHub's API inserts it: in plain SQL, only the API's own columns, times in UTC. */
export async function givenJob(db: TestDatabase, fields: JobFields = {}): Promise<GivenJob> {
  const id = fields.id ?? randomUUID();
  const familyId = fields.familyId ?? (await givenFamily(db));
  const username = fields.username ?? `kid_${randomBytes(5).toString("hex")}`;
  const password = fields.password ?? `Aa1!${randomBytes(6).toString("hex")}`;
  const status = fields.status ?? "pending";
  const ciphertext =
    fields.encryptedPassword ?? (status === "completed" ? "" : await sealForTest(password, id));
  const waiting = status.trim().toLowerCase() === "pending";
  await db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        retry_count, status, next_retry_at, last_error_message, created_at, updated_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9,
       ${fields.nextRetryAt ?? (waiting ? UTC_NOW : "null")},
       $10, ${fields.createdAt ?? UTC_NOW}, ${fields.updatedAt ?? UTC_NOW}`,
    [
      id,
      familyId,
      username,
      fields.fullName ?? "Kim Smith",
      fields.role ?? "managed_account",
      ciphertext,
      randomUUID(),
      fields.retryCount ?? 0,
      status,
      fields.lastErrorMessage ?? null,
    ],
  );
  if (fields.completedAt !== undefined) {
    await db.query(
      `update auth.queued_managed_account_creations set completed_at = ${fields.completedAt} where id = $1`,
      [id],
    );
  }
  if (fields.lastErrorCode !== undefined) {
    await db.query(
      "update auth.queued_managed_account_creations set last_error_code = $2 where id = $1",
      [id, fields.lastErrorCode],
    );
  }
  return { id, familyId, username, password };
}

/** The test server runs in UTC, so this assigns right to both kinds of time column. */
const UTC_NOW = "now()";

let ring: Promise<KeyRing> | null = null;

export async function sealForTest(
  content: string,
  jobId: string,
  kind: "password" | "hash" = "password",
): Promise<string> {
  ring ??= readFile(testRingFile(), "utf8").then((text) =>
    parseKeyRing(new Secret(text), "test ring"),
  );
  return sealEnvelope({ kind, value: new Secret(content) }, jobId, await ring);
}

export interface JobRow {
  readonly status: string;
  readonly retryCount: number;
  /** Seconds from the row's last change to its next try; null when there is none. */
  readonly waitS: number | null;
  readonly encryptedPassword: string;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly zitadelUserId: string | null;
  readonly leased: boolean;
}

export async function readJob(db: TestDatabase, id: string): Promise<JobRow> {
  return db.one<JobRow>(
    `select status, retry_count as "retryCount",
            extract(epoch from next_retry_at - updated_at)::float8 as "waitS",
            encrypted_password as "encryptedPassword", last_error_code as "lastErrorCode",
            last_error_message as "lastErrorMessage", zitadel_user_id as "zitadelUserId",
            claimed_by_run_id is not null as leased
     from auth.queued_managed_account_creations where id = $1`,
    [id],
  );
}

/** Lets waiting jobs fall due, as the passing of time would. */
export async function whenDue(db: TestDatabase): Promise<void> {
  await db.query(
    `update auth.queued_managed_account_creations
     set next_retry_at = now() where next_retry_at is not null`,
  );
}

export interface InvitationFields {
  readonly status?: string;
  /** SQL. */
  readonly expiresAt?: string;
  readonly acceptedAt?: string;
}

export async function givenInvitation(
  db: TestDatabase,
  fields: InvitationFields = {},
): Promise<string> {
  const familyId = await givenFamily(db);
  const [inviterId, id] = [randomUUID(), randomUUID()];
  await db.query(
    `insert into auth.users (id, email, external_user_id, external_provider, family_id)
     values ($1, $2, $3, 'zitadel', $4)`,
    [inviterId, `${inviterId}@example.com`, inviterId, familyId],
  );
  await db.query(
    `insert into auth.family_member_invitations
       (invitation_id, family_id, email, role, token, display_code, expires_at, invited_by_user_id, status, accepted_at)
     select $1, $2, 'guest@example.com', 'member', $3, 'ABCD1234', ${fields.expiresAt ?? "now() + interval '7 days'"},
       $4, $5, ${fields.acceptedAt ?? "null"}`,
    [id, familyId, randomBytes(20).toString("hex"), inviterId, fields.status ?? "pending"],
  );
  return id;
}
