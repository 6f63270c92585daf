// Defines a purge, and the parts of its statements: which rows come next, and what is done to them.
import type { Refusal } from "../postgres/row-refused.ts";

/** Rows of one kind that may grow too old. SQL; column names have the alias of `rows`. */
export interface Purge {
  /** In the audit. */
  readonly verb: "purge-invitations" | "purge-jobs";
  /** The table and its alias. */
  readonly rows: string;
  /** The primary key. */
  readonly key: string;
  readonly keyType: "uuid" | "bigint";
  /** The column that tells a row's age; an index must hold it, for the rows of `where`. */
  readonly age: string;
  readonly where: string;
  /** What becomes of them, and the condition that they then meet; without it they are deleted. */
  readonly change?: { readonly set: string; readonly stands: string };
  /** A further part of the statement, about the rows in `purged`, of which it has the `id`. */
  readonly also?: string;
  /** What is counted: queries over `purged` and what is in `also`. */
  readonly counts: Readonly<Record<string, string>>;
}

/** How far a purge has come. */
export interface PurgePlace {
  /** Database time as text to the microsecond: skips what is older. */
  readonly age: string;
  /** Keys of rows of exactly that age that stay, and are not to be read again. */
  readonly left: readonly string[];
  /** Rows beyond this place that were read already, in order; a batch may read them again instead. */
  readonly ahead: readonly RowAhead[];
}

export interface RowAhead {
  readonly id: string;
  /** Database time as text to the microsecond. */
  readonly age: string;
}

export interface PurgeSlice {
  /** Database time as text, to the microsecond: what is older is purged. */
  readonly before: string;
  /**
   * Where the last batch ended: skips its dead index entries, which make each batch slower than the
   * last while somebody holds a snapshot.
   */
  readonly from: PurgePlace;
  readonly limit: number;
  readonly actor: string;
  /** Tries no whole batch: the database has just refused rows, and most likely refuses more. */
  readonly parted: boolean;
}

export interface PurgedBatch<Counts> {
  /** Rows that were found and locked; fewer than the limit when no more are left. */
  readonly taken: number;
  /** Where the next batch goes on. */
  readonly reached: PurgePlace;
  /**
   * For how long rows were locked, at most. Rows that were left before are read before that: were their time
   * counted, batches beside many would shrink, and read them the more often.
   */
  readonly lockedMs: number;
  /** The transaction id that Postgres would have given out next when the batch began. */
  readonly nextXid: number;
  /** How many ids the batch has used itself, at most. */
  readonly ownXids: number;
  /** Rows that stay because the database refused to change them. */
  readonly refused: readonly Refusal[];
  readonly counts: Counts;
}

export const FIRST_PLACE: PurgePlace = { age: "-infinity", left: [], ahead: [] };

/** A row that stays. */
export interface LeftRow {
  readonly id: string;
  /** Whether no row of its batch is younger. */
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
 * batch reads thousands of left rows several times as slowly.
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

/** Ends a query that is to pass over what somebody else is changing. */
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

/** Parts of a statement that purges the rows of `which`: `purged`, and what goes with them. */
export function purgedRows({ rows, key, change, also }: Purge, which: string): string {
  const purging = change === undefined ? `delete from ${rows}` : `update ${rows} set ${change.set}`;
  return `
    written as (
      ${purging}
      where ${which}
      returning ${key} as id, ${change?.stands ?? "true"} as stands
    ),
    -- A trigger may have altered what was written.
    purged as (select id from written where stands)${also === undefined ? "" : `, ${also}`}`;
}

/** How many rows there are to purge, as SQL with the cutoff in `before`. */
export function countOf({ rows, age, where }: Purge, before: string): string {
  return `(select count(*)::int from ${rows} where ${where} and ${age} < ${before}::timestamptz)`;
}
