// Reads the envelopes of jobs page by page in the order of their ids.
import type { Queryable } from "./database.ts";
import { QUEUE, STATUS } from "./queue-sql.ts";

interface StoredEnvelope {
  readonly id: string;
  /** Trimmed and lowercased; anything else than a JobStatus is a row that no run touches. */
  readonly status: string;
}

export interface EnvelopeHeader extends StoredEnvelope {
  /** The first of its five parts: names the key and opens nothing. */
  readonly header: string;
}

/** A completed job needs its password no more, whoever completed it. */
const NEEDED = `${STATUS} <> 'completed' and q.encrypted_password <> ''`;

/** @param after the last id of the page before, null for the first page */
export async function listEnvelopeHeaders(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<EnvelopeHeader[]> {
  return db.query<EnvelopeHeader>(
    `select q.id, ${STATUS} as status, split_part(q.encrypted_password, '.', 1) as header
     from ${QUEUE} q
     where ${NEEDED} and ($1::uuid is null or q.id > $1)
     order by q.id
     limit $2`,
    [after, limit],
  );
}
