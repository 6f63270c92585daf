// Deletes expired invitations in short, ordered batches.
import type { Queryable } from "../postgres/database.ts";
import { purgeBatch, type Transacting } from "./purge-batch.sql.ts";
import { countOf, type Purge, type PurgedBatch, type PurgeSlice } from "./purge-rows.sql.ts";

/**
 * An accepted invitation did not expire: it records how someone joined. The API writes both its `accepted_at`
 * and its status, so either counts.
 */
const EXPIRED: Purge = {
  verb: "purge-invitations",
  rows: "auth.family_member_invitations i",
  ...{ key: "i.invitation_id", keyType: "uuid" },
  age: "i.expires_at",
  where: `i.accepted_at is null and lower(btrim(i.status::text, E' \\t\\n\\r')) <> 'accepted'`,
  counts: { deleted: "select count(*) from purged" },
};

export interface PurgedInvitations {
  readonly deleted: number;
}

export function purgeInvitations(
  db: Transacting,
  slice: PurgeSlice,
): Promise<PurgedBatch<PurgedInvitations>> {
  return purgeBatch(db, EXPIRED, slice);
}

/** @param before the database's time as text: invitations that expired earlier would be deleted */
export async function countExpiredInvitations(
  db: Queryable,
  before: string,
): Promise<PurgedInvitations> {
  const [row] = await db.query<PurgedInvitations>(`select ${countOf(EXPIRED, "$1")} as deleted`, [
    before,
  ]);
  return { deleted: row?.deleted ?? 0 };
}
