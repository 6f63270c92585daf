// Reads the envelopes of jobs page by page in the order of their ids, and exchanges them for others.
import type { Queryable } from "./database.ts";
import type { OperatorAction } from "./operator-store.ts";
import { DUE_AT, IMPOSSIBLE, POSSIBLE, QUEUE, STATUS, WAITING } from "./queue-sql.ts";

interface StoredEnvelope {
  readonly id: string;
  /** Trimmed and lowercased; anything else than a JobStatus is a row that no run touches. */
  readonly status: string;
}

export interface EnvelopeHeader extends StoredEnvelope {
  /** The first of its five parts: names the key and opens nothing. */
  readonly header: string;
}

export interface Envelope extends StoredEnvelope {
  readonly jwe: string;
  /** An unknown status or an impossible retry_count: no run touches the row. */
  readonly impossible: boolean;
}

/** A completed job needs its password no more, whoever completed it. */
const NEEDED = `${STATUS} <> 'completed' and q.encrypted_password::text <> ''`;

/** @param after the last id of the page before, null for the first page */
export async function listEnvelopeHeaders(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<EnvelopeHeader[]> {
  return db.query<EnvelopeHeader>(
    `select q.id, ${STATUS} as status, split_part(q.encrypted_password::text, '.', 1) as header
     from ${QUEUE} q
     where ${NEEDED} and ($1::uuid is null or q.id > $1)
     order by q.id
     limit $2`,
    [after, limit],
  );
}

/**
 * Of the jobs due now, the longest due first: from the index that the runs claim by.
 * @returns null to a role that may not read passwords
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

/** As `listEnvelopeHeaders`, with the whole envelopes. */
export async function listEnvelopes(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<Envelope[]> {
  return db.query<Envelope>(
    `select q.id, ${STATUS} as status, q.encrypted_password as jwe, ${IMPOSSIBLE} as impossible
     from ${QUEUE} q
     where ${NEEDED} and ($1::uuid is null or q.id > $1)
     order by q.id
     limit $2`,
    [after, limit],
  );
}

/** How many there are to list. */
export async function countEnvelopes(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count
     from ${QUEUE} q
     where ${NEEDED}`,
  );
  return row?.count ?? 0;
}

export interface EnvelopeExchange {
  readonly id: string;
  readonly old: string;
  readonly new: string;
}

/**
 * A row that a run has taken since, that somebody is just changing or whose envelope is another by
 * now, stays as it is. Everything else about a row stays as well: its schedule, its `updated_at`.
 * @param kid of the key that the new ones are sealed under, for the audit
 * @returns how many were exchanged; a second call exchanges none
 */
export async function exchangeEnvelopes(
  db: Queryable,
  exchanges: readonly EnvelopeExchange[],
  kid: string,
  action: OperatorAction,
): Promise<number> {
  const [row] = await db.query<{ exchanged: number }>(EXCHANGE, [
    exchanges.map(({ id }) => id),
    exchanges.map((exchange) => exchange.old),
    exchanges.map((exchange) => exchange.new),
    action.actor,
    action.reason,
    kid,
  ]);
  return row?.exchanged ?? 0;
}

const EXCHANGE = `
  with exchange as (
    select * from unnest($1::uuid[], $2::text[], $3::text[]) as e (id, old, new)
  ),
  unchanged as materialized (
    select q.id, e.new
    from ${QUEUE} q
    join exchange e on e.id = q.id
    where ${STATUS} in ('pending', 'failed') and q.encrypted_password::text = e.old
    order by q.id
    for no key update of q skip locked
  ),
  exchanged as (
    update ${QUEUE} q
    set encrypted_password = u.new
    from unchanged u
    where q.id = u.id
    returning q.id
  ),
  audit as (
    insert into family_hub_jobs.operator_actions (actor, verb, reason, after)
    select $4, 'rotate', $5, pg_catalog.jsonb_build_object('rotated', count(*), 'kid', $6::text)
    from exchanged
    having count(*) > 0
  )
  select count(*)::int as exchanged from exchanged`;
