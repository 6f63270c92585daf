// The catalog's facts about tables and their columns, also for a role that may not read the tables.
import type { Queryable } from "../postgres/database.ts";

export interface ColumnFacts {
  readonly name: string;
  /** The name in `pg_type`, such as `varchar` or `int4`; for a domain, its base type. */
  readonly type: string;
  /** For a varchar, how many characters fit; null for no limit. */
  readonly width: number | null;
  readonly notNull: boolean;
  /** Gets a value if an insert does not name it. */
  readonly hasDefault: boolean;
  /** Computed from other columns, so it cannot be written. */
  readonly generated: boolean;
}

export type RelationKind =
  | "table"
  /** An ordinary table whose rows other tables inherit. */
  | "parent table"
  | "partitioned table"
  /** A view that accepts inserts. */
  | "view"
  | "read-only view"
  | "materialized view"
  | "foreign table";

export interface TableFacts {
  readonly name: string;
  /** Its type, such as `view`; null if it does not exist. */
  readonly kind: RelationKind | null;
  readonly columns: readonly ColumnFacts[];
  /** Rewrite rules of a table: Postgres does not combine them with statements that change several tables. */
  readonly rules: readonly string[];
  /** For a missing table: relations of that name in other schemas with the identifying columns. */
  readonly elsewhere: readonly string[];
}

export interface TableToFind {
  /** With its schema. */
  readonly name: string;
  readonly knownBy: readonly string[];
}

export function readTableFacts(
  db: Queryable,
  tables: readonly TableToFind[],
): Promise<TableFacts[]> {
  return db.query<TableFacts>(READ, [JSON.stringify(tables)]);
}

const HAS_COLUMN = `
  select from pg_catalog.pg_attribute a
  where a.attrelid = c.oid and a.attname::text = k.name and not a.attisdropped`;

const READ = `
  with recursive wanted as (
    select w.name, w."knownBy" as known_by
    from jsonb_to_recordset($1::jsonb) as w (name text, "knownBy" text[])
  ),
  relation as (
    select c.oid, c.relkind, n.nspname::text as at_schema, c.relname::text as bare_name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
  ),
  -- For a domain over a domain, the last one.
  domain as (
    select t.oid, t.typbasetype as base, t.typtypmod as typmod, t.typnotnull as "notNull"
    from pg_catalog.pg_type t
    where t.typtype = 'd'
    union all
    select d.oid, t.typbasetype, t.typtypmod, d."notNull" or t.typnotnull
    from domain d
    join pg_catalog.pg_type t on t.oid = d.base and t.typtype = 'd'
  )
  select w.name,
         case when c.relkind = 'r' and exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)
                then 'parent table'
              when c.relkind = 'r' then 'table'
              when c.relkind = 'p' then 'partitioned table'
              -- 8 means insert; without triggers, which an insert with a conflict clause does not call.
              when c.relkind = 'v' and (pg_relation_is_updatable(c.oid, false) & 8) = 8 then 'view'
              when c.relkind = 'v' then 'read-only view'
              when c.relkind = 'm' then 'materialized view'
              when c.relkind = 'f' then 'foreign table' end as kind,
         coalesce((
           select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                    'name', a.attname,
                    'type', coalesce(b.typname, t.typname),
                    'width', case when coalesce(b.typname, t.typname) = 'varchar'
                                  then nullif(coalesce(d.typmod, a.atttypmod), -1) - 4 end,
                    'notNull', a.attnotnull or coalesce(d."notNull", false),
                    'hasDefault', a.atthasdef or a.attidentity::text <> '' or t.typdefault is not null,
                    'generated', a.attgenerated::text <> '') order by a.attnum)
           from pg_catalog.pg_attribute a
           join pg_catalog.pg_type t on t.oid = a.atttypid
           left join domain d
             on d.oid = a.atttypid
            and not exists (select from domain further where further.oid = d.base)
           left join pg_catalog.pg_type b on b.oid = d.base
           where a.attrelid = c.oid and a.attnum > 0::int2 and not a.attisdropped
         ), '[]') as columns,
         array(
           select quote_ident(r.rulename::text)
           from pg_catalog.pg_rewrite r
           -- 1 is the query of a view.
           where r.ev_class = c.oid and r.ev_type <> '1' and r.ev_enabled <> 'D'
           order by 1
         ) as rules,
         array(
           select quote_ident(c.at_schema) || '.' || quote_ident(c.bare_name)
           from relation c
           where w.missing
             and c.bare_name = split_part(w.name, '.', 2)
             and c.at_schema not in ('auth', 'family_hub_jobs', 'information_schema')
             and c.at_schema not like 'pg\\_%'
             and w.known_by <> '{}'
             and not exists (
               select from pg_catalog.unnest(w.known_by) as k (name) where not exists (${HAS_COLUMN})
             )
           order by 1
         ) as elsewhere
  from (
    select w.*, not exists (select from relation r where r.at_schema || '.' || r.bare_name = w.name) as missing
    from wanted w
  ) w
  left join relation c on c.at_schema || '.' || c.bare_name = w.name
  order by w.name`;
