// What FamilyHub's API does to the database, in plain SQL and with any JOSE library: it never meets the tool.
import { randomBytes, randomUUID } from "node:crypto";
import { CompactEncrypt, importJWK, type JWK } from "jose";
import type { Pool } from "pg";
import { choosePassword, type Child, type Family } from "./cast.ts";

export interface QueuedJob {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** The family and the parent who founded it. */
export async function addFamily(
  db: Pool,
  { id, name, parentId, parentName }: Family,
): Promise<void> {
  await db.query("insert into auth.families (id, name, owner_id) values ($1, $2, $3)", [
    id,
    name,
    parentId,
  ]);
  await db.query(
    `insert into auth.users
       (id, email, email_verified, external_user_id, external_provider, family_id, role, full_name)
     values ($1, $2, true, $3, 'zitadel', $4, 'owner', $5)`,
    [parentId, `${parentId}@example.com`, parentId, id, parentName],
  );
}

/** @param publicKey all that the API needs: it cannot read what it wrote */
export async function queueAccount(
  db: Pool,
  family: Family,
  { username, fullName }: Child,
  publicKey: JWK,
): Promise<QueuedJob> {
  const id = randomUUID();
  const password = choosePassword();
  const kid = publicKey.kid ?? "";
  const jwe = await new CompactEncrypt(new TextEncoder().encode(password))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid, jid: id })
    .encrypt(await importJWK(publicKey, "ECDH-ES"));
  await db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        retry_count, status, next_retry_at, created_at, updated_at)
     values ($1, $2, $3, $4, 'managed_account', $5, $6, 0, 'pending', now(), now(), now())`,
    [id, family.id, username, fullName, jwe, family.parentId],
  );
  return { id, username, password };
}

/**
 * @param expiresInDays negative: that long ago
 * @returns the invitation's id
 */
export async function inviteByEmail(
  db: Pool,
  family: Family,
  expiresInDays: number,
  status: "pending" | "expired" | "accepted",
): Promise<string> {
  const id = randomUUID();
  await db.query(
    `insert into auth.family_member_invitations
       (invitation_id, family_id, email, role, token, display_code, expires_at, invited_by_user_id,
        status, accepted_at)
     values ($1, $2, $3, 'member', $4, $5, now() + $6::int * interval '1 day', $7, $8::text,
             case when $8::text = 'accepted' then now() + ($6::int - 3) * interval '1 day' end)`,
    [
      id,
      family.id,
      `guest-${id.slice(0, 8)}@example.com`,
      randomBytes(24).toString("hex"),
      randomBytes(4).toString("hex").toUpperCase(),
      expiresInDays,
      family.parentId,
      status,
    ],
  );
  return id;
}
