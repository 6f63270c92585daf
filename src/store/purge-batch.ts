// How every purge takes a batch: the oldest rows are locked, changed and put into the audit by one statement.
import type { Database, Queryable } from "./database.ts";
import { NEXT_XID } from "./next-xid.ts";

/** Rows of one kind that may grow too old. SQL; column names bear the alias of `rows`. */
export interface Purge {
  /** In the audit. */
  readonly verb: "purge-invitations" | "purge-jobs";
  /** The table and its alias. */
  readonly rows: string;
  /** The column that tells a row's age; an index must hold it, for the rows of `where`. */
  readonly age: string;
  readonly where: string;
  /** What becomes of them; without it they are deleted. */
  readonly set?: string;
  /** Columns for `also`, beside the age. */
  readonly returning?: string;
  /** A further part of the statement, about the rows in `purged`. */
  readonly also?: string;
  /** What is counted: queries over `purged` and what is in `also`. */
  readonly counts: Readonly<Record<string, string>>;
}

export interface PurgeSlice {
  /** Database time as text, to the microsecond: what is older is purged. */
  readonly before: string;
  /**
   * Where the last batch ended: skips its dead index entries, which make each batch slower than the
   * last while somebody holds a snapshot.
   */
  readonly from: string;
  readonly limit: number;
  readonly actor: string;
}

export interface PurgedBatch<Counts> {
  /** Rows that were found and locked; fewer than the limit when no more are left. */
  readonly taken: number;
  /** The greatest age column among the purged, as text to the microsecond; null when none was. */
  readonly reached: string | null;
  /** The transaction id that Postgres would have given out next when the batch began. */
  readonly nextXid: number;
  readonly counts: Counts;
}

/** Statements in one transaction. */
export type Transacting = Pick<Database, "transaction">;

/**
 * Postgres takes a status for rare, and would sort all old rows for every batch rather than read the
 * next ones off their index. For this transaction only: a session may be somebody else's.
 */
const OFF_THE_INDEX = "set local enable_sort = off";

/** Rows that somebody else is changing are passed over: the next purge finds them. */
export async function purgeBatch<Counts>(
  db: Transacting,
  purge: Purge,
  { before, from, limit, actor }: PurgeSlice,
): Promise<PurgedBatch<Counts>> {
  return db.transaction(async (tx) => {
    await tx.query(OFF_THE_INDEX);
    const values = [before, from, limit, actor];
    const [row] = await tx.query<PurgedBatch<Counts>>(statement(purge), values);
    return row as PurgedBatch<Counts>;
  });
}

function statement({ verb, rows, age, where, set, returning, also, counts }: Purge): string {
  const alias = rows.split(" ").at(-1);
  const deed = set === undefined ? `delete from ${rows}` : `update ${rows} set ${set}`;
  const counted = Object.entries(counts).map(([name, sql]) => `'${name}', (${sql})`);
  return `
    with old as materialized (
      select ${alias}.ctid
      from ${rows}
      where ${where} and ${age} < $1::timestamptz and ${age} >= $2::timestamptz
      order by ${age}
      limit $3
      for update of ${alias} skip locked
    ),
    purged as (
      ${deed}
      -- A ctid is safe here only: the rows were locked by this very statement.
      where ${alias}.ctid = any (array (select ctid from old))
      returning ${[`${age} as age`, returning ?? []].flat().join(", ")}
    ),
    ${also === undefined ? "" : `${also},`}
    result as (
      select (select count(*)::int from old) as taken,
             (select max(age) from purged) as reached,
             pg_catalog.jsonb_build_object(${counted.join(", ")}) as counts
    ),
    audit as (
      insert into family_hub_jobs.operator_actions (actor, verb, after)
      select $4, '${verb}', counts || pg_catalog.jsonb_build_object('before', $1::timestamptz)
      from result
      where reached is not null
    )
    select taken, reached::text as reached, counts, ${NEXT_XID} as "nextXid"
    from result`;
}

/** How many rows there are to purge, as SQL with the cutoff in `before`. */
export function countOf({ rows, age, where }: Purge, before: string): string {
  return `(select count(*)::int from ${rows} where ${where} and ${age} < ${before}::timestamptz)`;
}

/** Database time less an age in milliseconds, as text to the microsecond. */
export async function cutoff(db: Queryable, ageMs: number): Promise<string> {
  const [row] = await db.query<{ cutoff: string }>(
    "select (now() - $1::float8 * interval '1 ms')::text as cutoff",
    [ageMs],
  );
  return row?.cutoff ?? "";
}
