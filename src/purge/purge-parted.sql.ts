// Purges a batch in which the database refuses rows: all others go, and each refused one is named.
//
// Within the server, because ten thousand refused among a million would take as many trips there and
// back several times over. Ten rows are tried at once, and one by one where those are refused: with one
// refused in a hundred no other number is quicker.
import { block } from "./purge-block.sql.ts";
import type { Queryable } from "../postgres/database.ts";
import { translateDatabaseError } from "../postgres/database-error.ts";
import { NEXT_XID } from "../postgres/next-xid.ts";
import {
  nextRows,
  placeAfter,
  sliceValues,
  tableOf,
  type LeftRow,
  type Purge,
  type PurgedBatch,
  type PurgeSlice,
} from "./purge-rows.sql.ts";
import { overruled, RowRefused, type Refusal } from "../postgres/row-refused.ts";

/** What the block hands over, in a setting of the transaction. */
interface Parted {
  /** Rows that were free to be changed, but for the refused ones. */
  readonly free: readonly string[];
  readonly gone: readonly string[];
  /** The counts of each try that went through, one after the other. */
  readonly counted: readonly number[];
  readonly refused: readonly RefusedRow[];
  readonly tries: number;
}

/** The fields of the server's error. */
interface RefusedRow {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly schema: string;
  readonly table: string;
  readonly constraint: string;
  readonly where: string;
}

/** @throws what is no row's fault, such as a full disk: nothing is purged then */
export async function purgeParted<Counts>(
  tx: Queryable,
  purge: Purge,
  slice: PurgeSlice,
): Promise<PurgedBatch<Counts>> {
  // A deferred constraint would refuse at the commit, and name no row.
  await tx.query("set constraints all immediate");
  const rows = await tx.query<LeftRow & { age: string; nextXid: number }>(
    `with old as materialized (${nextRows(purge)})
     select id, age::timestamptz::text as age, age = max(age) over () as "atEdge",
            ${NEXT_XID} as "nextXid"
     from old`,
    sliceValues(slice),
  );
  const keys = `{${rows.map(({ id }) => id).join(",")}}`;
  await tx.query(
    `select pg_catalog.set_config('family_hub_jobs.batch', $1, true),
            pg_catalog.set_config('family_hub_jobs.before', $2, true)`,
    [keys, slice.before],
  );
  const startMs = performance.now();
  await tx.query(block(purge));
  const [row] = await tx.query<{ parted: Parted }>(
    "select pg_catalog.current_setting('family_hub_jobs.parted')::json as parted",
  );
  const { free, gone, counted, refused, tries } = (row as { parted: Parted }).parted;
  const refusals = new Map(refused.map((fault) => [fault.id, refusalOf(fault)]));
  const purged = new Set(gone);
  const left = rows.filter(({ id }) => !purged.has(id));
  const kept = free
    .filter((id) => !purged.has(id))
    .map((id) => overruled(tableOf(purge)).toRefusal(id));
  const counts = sums(Object.keys(purge.counts), counted);
  if (gone.length > 0) await audit(tx, purge, slice, counts);
  return {
    taken: rows.length,
    reached: placeAfter(slice.from, rows.find(({ atEdge }) => atEdge)?.age ?? null, left),
    nextXid: rows[0]?.nextXid ?? 0,
    ownXids: tries + 1,
    lockedMs: performance.now() - startMs,
    refused: [...refusals.values(), ...kept],
    counts: counts as Counts,
  };
}

function refusalOf({ id, ...fields }: RefusedRow): Refusal {
  const told = Object.entries(fields).filter(([, text]) => text !== "");
  const error = translateDatabaseError(Object.assign(new Error(), Object.fromEntries(told)));
  if (error instanceof RowRefused) return error.toRefusal(id);
  throw error;
}

function sums(names: readonly string[], counted: readonly number[]): Record<string, number> {
  const sumOf = (place: number) =>
    counted
      .filter((_, index) => index % names.length === place)
      .reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(names.map((name, place) => [name, sumOf(place)]));
}

async function audit(
  tx: Queryable,
  { verb }: Purge,
  { actor, before }: PurgeSlice,
  counts: object,
): Promise<void> {
  await tx.query(
    `insert into family_hub_jobs.operator_actions (actor, verb, after)
     values ($1, $2, $3::jsonb || pg_catalog.jsonb_build_object('before', $4::timestamptz))`,
    [actor, verb, JSON.stringify(counts), before],
  );
}
