// Purges a batch in which the database refuses rows: all others go, and each refused one is named.
//
// Within the server, because ten thousand refused among a million would take as many trips there and
// back several times over. Ten rows are tried at once, and one by one where those are refused: with one
// refused in a hundred no other number is quicker.
import type { Queryable } from "../postgres/database.ts";
import { translateDatabaseError } from "../postgres/database-error.ts";
import { NEXT_XID } from "../postgres/next-xid.ts";
import {
  lockingFree,
  nextRows,
  placeAfter,
  purgedRows,
  sliceValues,
  tableOf,
  type LeftRow,
  type Purge,
  type PurgedBatch,
  type PurgeSlice,
} from "./purge-rows.sql.ts";
import { overruled, RowRefused, type Refusal } from "../postgres/row-refused.ts";

const TRIED_AT_ONCE = 10;

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

/** A block has neither parameters nor a result: both are settings of the transaction. */
function block(purge: Purge): string {
  const { rows, key, keyType, age, where, counts } = purge;
  const counted = Object.values(counts).map((sql) => `(${sql})::int`);
  const attempt = (keys: string) => `
    -- Locked by each try itself: of a row locked by one transaction and deleted by another within it,
    -- Postgres notes both, and looks them up for each later batch that passes the row by.
    with taken as materialized (
      select ${key} as id
      from ${rows}
      where ${key} = any (${keys}) and ${where} and ${age} < before
      ${lockingFree(purge)}
    ),
    ${purgedRows(purge, `${key} = any (array (select id from taken))`)}
    select array[${counted.join(", ")}],
           array (select p.id::text from purged p),
           array (select t.id::text from taken t)
    into these_counts, these_gone, these_free;
    free := pg_catalog.array_cat(free, these_free);
    counted := pg_catalog.array_cat(counted, these_counts);
    gone := pg_catalog.array_cat(gone, these_gone);`;
  return `
    do $purge$
    declare
      batch ${keyType}[] := pg_catalog.current_setting('family_hub_jobs.batch')::${keyType}[];
      before timestamptz := pg_catalog.current_setting('family_hub_jobs.before')::timestamptz;
      part ${keyType}[];
      one ${keyType};
      refused jsonb[] := '{}';
      tries int := 0;
      counted int[] := '{}'; these_counts int[];
      gone text[] := '{}'; these_gone text[];
      free text[] := '{}'; these_free text[];
      fault_code text; fault_message text; fault_context text;
      fault_schema text; fault_table text; fault_constraint text;
    begin
      for place in 1 .. pg_catalog.cardinality(batch) by ${TRIED_AT_ONCE} loop
        part := batch[place : place + ${TRIED_AT_ONCE - 1}];
        tries := tries + 1;
        begin
          ${attempt("part")}
        exception when others then
          foreach one in array part loop
            tries := tries + 1;
            begin
              ${attempt("array[one]")}
            exception when others then
              get stacked diagnostics
                fault_code = returned_sqlstate, fault_message = message_text,
                fault_schema = schema_name, fault_table = table_name,
                fault_constraint = constraint_name, fault_context = pg_exception_context;
              refused := pg_catalog.array_append(refused, pg_catalog.jsonb_build_object(
                'id', one::text, 'code', fault_code, 'message', pg_catalog.left(fault_message, 1000),
                'schema', fault_schema, 'table', fault_table, 'constraint', fault_constraint,
                -- Which function raised it; below stand its callers, and this block.
                'where', pg_catalog.split_part(fault_context, E'\\n', 1)));
            end;
          end loop;
        end;
      end loop;
      perform pg_catalog.set_config('family_hub_jobs.parted', pg_catalog.jsonb_build_object(
        'free', free, 'gone', gone, 'counted', counted, 'refused', refused, 'tries', tries)::text, true);
    end $purge$`;
}
