// The index that makes `queue list --search` fast on a large queue: optional, because it needs an extension.
import type { Queryable } from "../postgres/database.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";

/** One index on all three columns: Postgres reads it once for each and combines the results. */
const INDEX = `create index concurrently ix_queued_managed_account_creations_search on ${QUEUE} using gin (${[
  "username",
  "full_name",
  "last_error_message",
]
  .map((column) => `(${column}::text) gin_trgm_ops`)
  .join(", ")})`;

/** For psql: the first needs a role that may create extensions, the second the table's owner. */
export const SEARCH_INDEX_SQL = ["create extension if not exists pg_trgm", INDEX] as const;

export interface SearchFacts {
  /** As estimated by Postgres. */
  readonly jobs: number;
  /** Whether each searched column has a valid trigram index. */
  readonly indexed: boolean;
}

/** Any index counts, whatever its name, also one for each column. */
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
