// How every purge processes a batch: locks the oldest rows, changes them and writes the audit log in one
// transaction.
import type { Database, Queryable } from "../postgres/database.ts";
import { COMMIT_LAZILY } from "../postgres/commit-lazily.ts";
import { NEXT_XID } from "../postgres/next-xid.ts";
import { purgeParted } from "./purge-parted.sql.ts";
import {
  aliasOf,
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
import { changedByTrigger, RowRefused } from "../postgres/row-refused.ts";

/** Statements in one transaction. */
export type Transacting = Pick<Database, "transaction">;

/**
 * Postgres estimates few rows with a status, and would sort all old rows for every batch instead of reading
 * the next ones from their index.
 */
const SETTINGS = `set local enable_sort = off; ${COMMIT_LAZILY}`;

/**
 * Skips rows that another session has locked: the next purge finds them. A crash of Postgres may bring back what
 * was purged, until a later commit has waited for the disk.
 * @throws RowRefused if the audit log refuses its entry: then nothing is purged
 */
export async function purgeBatch<Counts>(
  db: Transacting,
  purge: Purge,
  slice: PurgeSlice,
): Promise<PurgedBatch<Counts>> {
  if (!slice.parted) {
    try {
      return await db.transaction((tx) => purgeAtOnce<Counts>(tx, purge, slice));
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
    }
  }
  return db.transaction(async (tx) => {
    await tx.query(SETTINGS);
    return purgeParted<Counts>(tx, purge, slice);
  });
}

async function purgeAtOnce<Counts>(
  tx: Queryable,
  purge: Purge,
  slice: PurgeSlice,
): Promise<PurgedBatch<Counts>> {
  await tx.query(SETTINGS);
  const values = [...sliceValues(slice), slice.actor];
  const startMs = performance.now();
  const [row] = await tx.query<WholeBatch<Counts>>(statement(purge), values);
  const { taken, nextXid, counts, reached, kept } = row as WholeBatch<Counts>;
  return {
    ...{ taken, nextXid, counts, ownXids: 1, lockedMs: performance.now() - startMs },
    reached: placeAfter(slice.from, reached, kept),
    refused: kept.map(({ id }) => changedByTrigger(tableOf(purge)).toRefusal(id)),
  };
}

interface WholeBatch<Counts> {
  readonly taken: number;
  readonly reached: string | null;
  readonly kept: readonly LeftRow[];
  readonly nextXid: number;
  readonly counts: Counts;
}

function statement(purge: Purge): string {
  const { verb, rows, age, where, counts } = purge;
  const counted = Object.entries(counts).map(([name, sql]) => `'${name}', (${sql})`);
  return `
    with old as materialized (${nextRows(purge)} ${lockingFree(purge)}),
    -- A ctid is safe only here, because this statement locked the rows. If someone has partitioned the table
    -- since, other rows may have the same ctid: the conditions protect rows that are not old.
    ${purgedRows(
      purge,
      `${aliasOf(rows)}.ctid = any (array (select ctid from old)) and ${where} and ${age} < $1::timestamptz`,
    )},
    result as (
      select (select count(*)::int from old) as taken,
             (select max(age) from old) as reached,
             pg_catalog.jsonb_build_object(${counted.join(", ")}) as counts
    ),
    kept as (
      select o.id, o.age = r.reached as "atEdge"
      from old o
      cross join result r
      -- Postgres hashes this list; an array would be searched from its start for each row.
      where o.id not in (select p.id::text from purged p)
    ),
    audit as (
      insert into family_hub_jobs.operator_actions (actor, verb, after)
      select $5, '${verb}', counts || pg_catalog.jsonb_build_object('before', $1::timestamptz)
      from result
      where exists (select from purged)
    )
    select taken, reached::timestamptz::text as reached, counts, ${NEXT_XID} as "nextXid",
           (select coalesce(pg_catalog.json_agg(k), '[]') from kept k) as kept
    from result`;
}

/** The database's time minus an age in milliseconds, as text to the microsecond. */
export async function cutoff(db: Queryable, ageMs: number): Promise<string> {
  const [row] = await db.query<{ cutoff: string }>(
    "select (now() - $1::float8 * interval '1 ms')::text as cutoff",
    [ageMs],
  );
  return row?.cutoff ?? "";
}
