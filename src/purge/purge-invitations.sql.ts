// Deletes expired invitations in short, ordered batches.
import type { Queryable } from "../postgres/database.ts";
import { purgeBatch, type Transacting } from "./purge-batch.sql.ts";
import { countOf, type Purge, type PurgedBatch, type PurgeSlice } from "./purge-rows.sql.ts";

/**
 * An accepted invitation did not expire: it is the record of how somebody joined. Its `accepted_at`
 * counts as well as its status, because the API writes both.
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

/** @param before database time as text: what expired before would be deleted */
export async function countExpiredInvitations(
  db: Queryable,
  before: string,
): Promise<PurgedInvitations> {
  const [row] = await db.query<PurgedInvitations>(`select ${countOf(EXPIRED, "$1")} as deleted`, [
    before,
  ]);
  return { deleted: row?.deleted ?? 0 };
}
