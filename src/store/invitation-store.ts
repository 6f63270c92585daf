// Deletes expired invitations in short, ordered batches.
import type { Queryable } from "./database.ts";

export interface PurgeBatch {
  readonly deleted: number;
  /** The latest expiry among the deleted, as text to the microsecond; null when none was. */
  readonly reached: string | null;
}

/**
 * An accepted invitation did not expire: it is the record of how somebody joined. Its `accepted_at`
 * counts as well as its status, because the API writes both.
 */
const EXPIRED = `
  i.expires_at < $1::timestamptz
  and i.accepted_at is null
  and lower(btrim(i.status, E' \\t\\n\\r')) <> 'accepted'`;

/**
 * @param cutoff database time as text: what expired before is deleted
 * @param from where the last batch ended: skips its dead index entries, which make each batch
 *   slower than the last while somebody holds a snapshot
 */
export async function purgeInvitations(
  db: Queryable,
  cutoff: string,
  from: string,
  batchSize: number,
): Promise<PurgeBatch> {
  const [row] = await db.query<PurgeBatch>(
    `with expired as materialized (
       select i.ctid
       from auth.family_member_invitations i
       where ${EXPIRED} and i.expires_at >= $2::timestamptz
       order by i.expires_at
       limit $3
       for update skip locked
     ),
     deleted as (
       delete from auth.family_member_invitations i
       -- A ctid is safe here only: the rows were locked by this very statement.
       where i.ctid = any (array (select ctid from expired))
       returning i.expires_at
     )
     select count(*)::int as deleted, max(expires_at)::text as reached from deleted`,
    [cutoff, from, batchSize],
  );
  return row ?? { deleted: 0, reached: null };
}

export async function countExpiredInvitations(db: Queryable, cutoff: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from auth.family_member_invitations i where ${EXPIRED}`,
    [cutoff],
  );
  return row?.count ?? 0;
}

/** Database time less the grace, as text to the microsecond. */
export async function purgeCutoff(db: Queryable, graceMs: number): Promise<string> {
  const [row] = await db.query<{ cutoff: string }>(
    "select (now() - $1::float8 * interval '1 ms')::text as cutoff",
    [graceMs],
  );
  return row?.cutoff ?? "";
}
