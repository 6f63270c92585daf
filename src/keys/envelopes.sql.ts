// Reads the envelopes of jobs page by page, the oldest jobs first, and replaces them.
import type { Queryable } from "../postgres/database.ts";
import { NEXT_XID } from "../postgres/next-xid.ts";
import type { OperatorAction } from "../domain/operator-action.ts";
import { IMPOSSIBLE, QUEUE, STATUS } from "../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../postgres/row-refused.ts";

/** Where a page ended. A job's creation time never changes, so its place in the order never changes. */
export interface EnvelopePlace {
  readonly id: string;
  /** The database's time as text, to the microsecond. */
  readonly createdAt: string;
}

interface StoredEnvelope extends EnvelopePlace {
  /** Trimmed and lowercased; if it is not a JobStatus, runs skip the row. */
  readonly status: string;
}

export interface EnvelopeHeader extends StoredEnvelope {
  /** The first of its five parts: it names the key and decrypts nothing. */
  readonly header: string;
}

export interface Envelope extends StoredEnvelope {
  readonly jwe: string;
  /** An unknown status or an impossible retry_count: runs skip the row. */
  readonly impossible: boolean;
}

/** A completed job no longer needs its password, no matter who completed it. */
const NEEDED = `${STATUS} <> 'completed' and q.encrypted_password::text <> ''`;

/** @param after the last row of the previous page, null for the first page */
export async function listEnvelopeHeaders(
  db: Queryable,
  after: EnvelopePlace | null,
  limit: number,
): Promise<EnvelopeHeader[]> {
  const header = "split_part(q.encrypted_password::text, '.', 1) as header";
  return db.query<EnvelopeHeader>(page(header), placed(after, limit));
}

/**
 * In the order of `ix_queued_managed_account_creations_open`, which has no completed jobs: through the
 * primary key, a page would read everything that ever completed.
 */
function page(columns: string): string {
  return `
    select q.id, q.created_at::timestamptz::text as "createdAt", ${STATUS} as status, ${columns}
    from ${QUEUE} q
    where ${NEEDED} and (q.created_at, q.id) > ($1::timestamptz, $2::uuid)
    order by q.created_at, q.id
    limit $3`;
}

const FIRST: EnvelopePlace = {
  createdAt: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};

function placed(after: EnvelopePlace | null, limit: number): unknown[] {
  const { createdAt, id } = after ?? FIRST;
  return [createdAt, id, limit];
}

/** Like `listEnvelopeHeaders`, with the whole envelopes. */
export async function listEnvelopes(
  db: Queryable,
  after: EnvelopePlace | null,
  limit: number,
): Promise<Envelope[]> {
  const columns = `q.encrypted_password as jwe, ${IMPOSSIBLE} as impossible`;
  return db.query<Envelope>(page(columns), placed(after, limit));
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

export interface ExchangedBatch {
  readonly exchanged: number;
  /** The transaction ID that Postgres would have assigned next when the batch began. */
  readonly nextXid: number;
}

/**
 * Skips a row that a run has taken since, that another session has locked, or whose envelope has changed.
 * Nothing else in a row changes, neither its schedule nor its `updated_at`.
 * @param kid of the key that encrypts the new envelopes, for the audit log
 * @returns `exchanged` is their number; a second call exchanges none
 * @throws RowRefused if the database refuses a row: throw it within the transaction
 */
export async function exchangeEnvelopes(
  db: Queryable,
  exchanges: readonly EnvelopeExchange[],
  kid: string,
  action: OperatorAction,
): Promise<ExchangedBatch> {
  const rows = await db.query<ExchangedBatch & Written>(EXCHANGE, [
    exchanges.map(({ id }) => id),
    exchanges.map((exchange) => exchange.old),
    exchanges.map((exchange) => exchange.new),
    action.actor,
    action.reason,
    kid,
  ]);
  checkWritten(rows);
  return rows[0] as ExchangedBatch;
}

const EXCHANGE = `
  with exchange as (
    select * from unnest($1::uuid[], $2::text[], $3::text[]) as e (id, old, new)
  ),
  unchanged as materialized (
    select u.id, e.new
    from (select * from exchange order by id) e
    -- One at a time through the primary key: for a join, Postgres would read the whole queue.
    cross join lateral (
      select q.id
      from ${QUEUE} q
      where q.id = e.id and ${STATUS} in ('pending', 'failed') and q.encrypted_password::text = e.old
      for no key update of q skip locked
    ) u
  ),
  exchanged as (
    update ${QUEUE} q
    set encrypted_password = u.new
    from unchanged u
    where q.id = u.id
    returning q.id, q.encrypted_password::text = u.new as stands
  ),
  audit as (
    insert into family_hub_jobs.operator_actions (actor, verb, reason, after)
    select $4, 'rotate', $5, pg_catalog.jsonb_build_object('rotated', count(*), 'kid', $6::text)
    from exchanged
    having count(*) > 0
  )
  select count(*)::int as exchanged, ${NEXT_XID} as "nextXid",
         case when count(*) filter (where stands) < (select count(*) from unchanged) then '${QUEUE}' end
           as "overruledOn"
  from exchanged`;
