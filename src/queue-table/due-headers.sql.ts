// The headers of the envelopes of due jobs: they name the password keys that the next run needs.
import type { Queryable } from "../postgres/database.ts";
import { DUE_AT, POSSIBLE, QUEUE, WAITING } from "./queue.sql.ts";

/**
 * Headers of the jobs due now, the longest due first, read from the index that runs claim by.
 * @returns null for a role that may not read passwords
 */
export async function listDueHeaders(db: Queryable, limit: number): Promise<string[] | null> {
  const [role] = await db.query<{ mayRead: boolean }>(
    `select has_column_privilege('${QUEUE}', 'encrypted_password', 'select') as "mayRead"`,
  );
  if (role?.mayRead !== true) return null;
  const rows = await db.query<{ header: string }>(
    `select split_part(q.encrypted_password::text, '.', 1) as header
     from ${QUEUE} q
     where ${WAITING} and ${DUE_AT} <= now() and ${POSSIBLE}
     order by ${DUE_AT}, q.id
     limit $1`,
    [limit],
  );
  return rows.map(({ header }) => header);
}
