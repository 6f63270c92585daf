// Defines a purge, and the parts of its statements: which rows come next, and what is done with them.
import type { Refusal } from "../postgres/row-refused.ts";

/** Rows of one type that may become too old, as SQL; column names have the alias of `rows`. */
export interface Purge {
  /** In the audit log. */
  readonly verb: "purge-invitations" | "purge-jobs";
  /** The table and its alias. */
  readonly rows: string;
  /** The primary key. */
  readonly key: string;
  readonly keyType: "uuid" | "bigint";
  /** The column with a row's age; an index must contain it, for the rows of `where`. */
  readonly age: string;
  readonly where: string;
  /** How they are changed, and the condition that they meet afterwards; without it they are deleted. */
  readonly change?: { readonly set: string; readonly stands: string };
  /** Another part of the statement, about the rows in `purged`, whose `id` it can use. */
  readonly also?: string;
  /** The counts: queries over `purged` and over what `also` defines. */
  readonly counts: Readonly<Record<string, string>>;
}

/** How far a purge has come. */
export interface PurgePlace {
  /** The database's time as text, to the microsecond: older rows are skipped. */
  readonly age: string;
  /** Keys of rows of exactly that age that stay, and must not be read again. */
  readonly left: readonly string[];
  /** Rows beyond this place that were already read, in order; a batch may read them again instead. */
  readonly ahead: readonly RowAhead[];
}

export interface RowAhead {
  readonly id: string;
  /** The database's time as text, to the microsecond. */
  readonly age: string;
}

export interface PurgeSlice {
  /** The database's time as text, to the microsecond: older rows are purged. */
  readonly before: string;
  /**
   * Where the last batch ended: skips its dead index entries, which make each batch slower than the last
   * while another session holds a snapshot.
   */
  readonly from: PurgePlace;
  readonly limit: number;
  readonly actor: string;
  /** Starts with small parts: the database has just refused rows, and probably refuses more. */
  readonly parted: boolean;
}

export interface PurgedBatch<Counts> {
  /** How many rows were found and locked; fewer than the limit if no more are left. */
  readonly taken: number;
  /** Where the next batch continues. */
  readonly reached: PurgePlace;
  /**
   * For how long rows were locked, at most. Without the time for reading rows that were left before:
   * otherwise batches next to many such rows would shrink, and read them even more often.
   */
  readonly lockedMs: number;
  /** The transaction ID that Postgres would have assigned next when the batch began. */
  readonly nextXid: number;
  /** How many transaction IDs the batch used itself, at most. */
  readonly ownXids: number;
  /** Rows that the database refused to change. */
  readonly refused: readonly Refusal[];
  readonly counts: Counts;
}

export const FIRST_PLACE: PurgePlace = { age: "-infinity", left: [], ahead: [] };

/** A row that stays. */
export interface LeftRow {
  readonly id: string;
  /** Whether it has the greatest age of its batch. */
  readonly atEdge: boolean;
}

/** @param reached the greatest age of the batch, null for an empty one */
export function placeAfter(
  from: PurgePlace,
  reached: string | null,
  left: readonly LeftRow[],
): PurgePlace {
  if (reached === null) return from;
  const atEdge = left.filter((row) => row.atEdge).map(({ id }) => id);
  const before = reached === from.age ? from.left : [];
  return { age: reached, left: [...before, ...atEdge], ahead: [] };
}

/**
 * The next rows of a slice; $1 to $4 are `sliceValues`. Keys are compared in their own type: as text, each
 * batch would read thousands of left rows several times as slowly.
 */
export function nextRows({ rows, key, keyType, age, where }: Purge): string {
  return `
    select ${aliasOf(rows)}.ctid, ${key}::text as id, ${age} as age
    from ${rows}
    where ${where} and ${age} < $1::timestamptz and ${age} >= $2::timestamptz
      and not (${age} = $2::timestamptz and ${key} = any ($4::${keyType}[]))
    order by ${age}
    limit $3`;
}

/** Ends a query that skips rows that another session has locked. */
export function lockingFree({ rows }: Pick<Purge, "rows">): string {
  return `for update of ${aliasOf(rows)} skip locked`;
}

export function aliasOf(rows: string): string {
  return rows.split(" ").at(-1) ?? rows;
}

export function tableOf({ rows }: Pick<Purge, "rows">): string {
  return rows.split(" ")[0] ?? rows;
}

export function sliceValues({ before, from, limit }: PurgeSlice): unknown[] {
  return [before, from.age, limit, from.left];
}

/** Parts of a statement that purges the rows of `which`: `purged`, and what `also` adds. */
export function purgedRows({ rows, key, change, also }: Purge, which: string): string {
  const purging = change === undefined ? `delete from ${rows}` : `update ${rows} set ${change.set}`;
  return `
    written as (
      ${purging}
      where ${which}
      returning ${key} as id, ${change?.stands ?? "true"} as stands
    ),
    -- A trigger may have changed what was written.
    purged as (select id from written where stands)${also === undefined ? "" : `, ${also}`}`;
}

/** How many rows there are to purge, as SQL with the cutoff in `before`. */
export function countOf({ rows, age, where }: Purge, before: string): string {
  return `(select count(*)::int from ${rows} where ${where} and ${age} < ${before}::timestamptz)`;
}
