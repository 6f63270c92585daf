// The indexes that `migrate` builds: whether each exists and is valid, and whether a run's query can use it.
import { INDEXES } from "../../migrations/0004_indexes.ts";
import type { Queryable } from "../postgres/database.ts";
import { DUE_AT, POSSIBLE, QUEUE, WAITING } from "../queue-table/queue.sql.ts";

export interface FaultyIndex {
  readonly name: string;
  /** `invalid`: an interrupted build left it behind, and nothing uses it. */
  readonly state: "missing" | "invalid";
  /** The statements that fix it. */
  readonly sql: string;
}

/** An applied migration does not run again for an index that was dropped since. */
export async function findFaultyIndexes(
  db: Queryable,
): Promise<{ indexes: number; faulty: FaultyIndex[] }> {
  const found = await db.query<{ name: string; valid: boolean }>(
    `select n.nspname::text || '.' || c.relname::text as name, i.indisvalid and i.indisready as valid
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('auth', 'family_hub_jobs')`,
  );
  const valid = new Map(found.map((index) => [index.name, index.valid]));
  const faulty = INDEXES.flatMap(([name, definition]): FaultyIndex[] => {
    const state = valid.get(name);
    if (state === true) return [];
    const create = creation(name, definition);
    if (state === undefined) return [{ name, state: "missing", sql: create }];
    return [{ name, state: "invalid", sql: `drop index concurrently ${name}; ${create}` }];
  });
  return { indexes: INDEXES.length, faulty };
}

function creation(name: string, definition: string): string {
  return `create index concurrently ${bare(name)} on ${definition.replace(/\s+/g, " ")}`;
}

/** Without its schema, as in `create index` and in plans. */
function bare(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

/**
 * Explains the query without running it. For a small table the planner rightly reads all rows, or sorts those
 * of another index, so both are made expensive: if it still does, query and index no longer match.
 * @param db in a transaction that must be rolled back
 * @returns null if it would use the index, or the statements that rebuild it
 */
export async function rebuildOfDueIndex(db: Queryable): Promise<string | null> {
  await db.query("set local enable_seqscan = off; set local enable_sort = off");
  const plan = await db.query<{ "QUERY PLAN": string }>(
    `explain select q.id from ${QUEUE} q
     where ${WAITING} and ${DUE_AT} <= now() and ${POSSIBLE}
     order by ${DUE_AT}, q.id
     limit 1`,
  );
  const [name, definition] = INDEXES[0];
  if (plan.some((line) => line["QUERY PLAN"].includes(bare(name)))) return null;
  return `drop index concurrently ${name}; ${creation(name, definition)}`;
}
