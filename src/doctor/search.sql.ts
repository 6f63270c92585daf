// The index that makes `queue list --search` fast on a big queue: optional, because it needs an extension.
import type { Queryable } from "../postgres/database.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";

/** One index on all three columns: Postgres reads it once for each and puts the answers together. */
const INDEX = `create index concurrently ix_queued_managed_account_creations_search on ${QUEUE} using gin (${[
  "username",
  "full_name",
  "last_error_message",
]
  .map((column) => `(${column}::text) gin_trgm_ops`)
  .join(", ")})`;

/** As somebody types them in psql who may create extensions; the second only as the table's owner. */
export const SEARCH_INDEX_SQL = ["create extension if not exists pg_trgm", INDEX] as const;

export interface SearchFacts {
  /** As Postgres estimates. */
  readonly jobs: number;
  /** A valid index of trigrams on each of the columns that are searched. */
  readonly indexed: boolean;
}

/** Any index will do, whatever its name, and also one index a column. */
export async function readSearchFacts(db: Queryable): Promise<SearchFacts> {
  const [facts] = await db.query<SearchFacts>(
    `select greatest(t.reltuples, 0)::float8 as jobs,
            (select count(distinct part.expression) = 3
             from pg_index i
             join pg_class c on c.oid = i.indexrelid
             cross join lateral (
               select k,
                      (regexp_match(pg_get_indexdef(i.indexrelid, k, false),
                        'username|full_name|last_error_message'))[1] as expression
               from generate_series(1, i.indnkeyatts) as k
             ) part
             join pg_opclass o on o.oid = i.indclass[part.k - 1]
             where i.indrelid = t.oid and i.indisvalid and i.indisready
               and o.opcname in ('gin_trgm_ops', 'gist_trgm_ops')) as indexed
     from pg_class t
     where t.oid = '${QUEUE}'::regclass`,
  );
  return facts ?? { jobs: 0, indexed: false };
}
