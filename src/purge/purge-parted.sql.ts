// Purges a batch in which the database refuses rows: all others are purged, and each refused row is reported.
//
// It runs in the server, because ten thousand refused rows among a million would otherwise cost several times
// as many round trips. It tries ten rows at once, and one by one if those are refused: with one refused row
// in a hundred, no other number is faster.
import { block } from "./purge-block.sql.ts";
import type { Queryable } from "../postgres/database.ts";
import { translateDatabaseError } from "../postgres/database-error.ts";
import { NEXT_XID } from "../postgres/next-xid.ts";
import {
  nextRows,
  placeAfter,
  sliceValues,
  tableOf,
  type Purge,
  type PurgedBatch,
  type PurgeSlice,
  type RowAhead,
} from "./purge-rows.sql.ts";
import { changedByTrigger, RowRefused, type Refusal } from "../postgres/row-refused.ts";

const BATCHES_PER_READING = 10;

/** The result of the block, in a setting of the transaction. */
interface Parted {
  /** Rows that no other session had locked, without the refused ones. */
  readonly free: readonly string[];
  readonly gone: readonly string[];
  /** The counts of each successful try, in order. */
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

/** @throws errors that are no row's fault, such as a full disk: then nothing is purged */
export async function purgeParted<Counts>(
  tx: Queryable,
  purge: Purge,
  slice: PurgeSlice,
): Promise<PurgedBatch<Counts>> {
  // A deferred constraint would refuse at the commit, and name no row.
  await tx.query("set constraints all immediate");
  const known = await rowsAhead(tx, purge, slice);
  const rows = known.slice(0, slice.limit);
  const [begun] = await tx.query<{ nextXid: number }>(
    `select ${NEXT_XID} as "nextXid",
            pg_catalog.set_config('family_hub_jobs.batch', $1, true),
            pg_catalog.set_config('family_hub_jobs.before', $2, true)`,
    [`{${rows.map(({ id }) => id).join(",")}}`, slice.before],
  );
  const startMs = performance.now();
  await tx.query(block(purge));
  const [row] = await tx.query<{ parted: Parted }>(
    "select pg_catalog.current_setting('family_hub_jobs.parted')::json as parted",
  );
  const { free, gone, counted, refused, tries } = (row as { parted: Parted }).parted;
  const refusals = new Map(refused.map((fault) => [fault.id, refusalOf(fault)]));
  const purged = new Set(gone);
  const reached = rows.at(-1)?.age ?? null;
  const left = rows
    .filter(({ id }) => !purged.has(id))
    .map(({ id, age }) => ({ id, atEdge: age === reached }));
  const kept = free
    .filter((id) => !purged.has(id))
    .map((id) => changedByTrigger(tableOf(purge)).toRefusal(id));
  const counts = sums(Object.keys(purge.counts), counted);
  if (gone.length > 0) await audit(tx, purge, slice, counts);
  return {
    taken: rows.length,
    reached: { ...placeAfter(slice.from, reached, left), ahead: known.slice(slice.limit) },
    nextXid: begun?.nextXid ?? 0,
    ownXids: tries + 1,
    lockedMs: performance.now() - startMs,
    refused: [...refusals.values(), ...kept],
    counts: counts as Counts,
  };
}

/**
 * One read serves several batches. If a million rows have the same age, each read passes all rows that were
 * deleted or left before: a read for each batch took as long as the deleting.
 */
async function rowsAhead(
  tx: Queryable,
  purge: Purge,
  slice: PurgeSlice,
): Promise<readonly RowAhead[]> {
  const { ahead } = slice.from;
  if (ahead.length >= slice.limit) return ahead;
  return tx.query<RowAhead>(
    `with old as materialized (${nextRows(purge)})
     select id, age::timestamptz::text as age from old order by old.age`,
    sliceValues({ ...slice, limit: slice.limit * BATCHES_PER_READING }),
  );
}

function refusalOf({ id, ...fields }: RefusedRow): Refusal {
  const present = Object.entries(fields).filter(([, text]) => text !== "");
  const error = translateDatabaseError(Object.assign(new Error(), Object.fromEntries(present)));
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
