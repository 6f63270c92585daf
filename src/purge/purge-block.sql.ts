// The PL/pgSQL block that purges row by row in the server, except the rows that the database refuses.
import { lockingFree, purgedRows, type Purge } from "./purge-rows.sql.ts";

const TRIED_AT_ONCE = 10;

/** A block has no parameters and no result: both are passed in settings of the transaction. */
export function block(purge: Purge): string {
  const { rows, key, keyType, age, where, counts } = purge;
  const counted = Object.values(counts).map((sql) => `(${sql})::int`);
  const attempt = (keys: string) => `
    -- Each try locks the rows itself: for a row locked by one transaction and deleted by another within it,
    -- Postgres records both, and looks them up in each later batch that passes the row.
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
                -- The function that raised it; the lines below are its callers and this block.
                'where', pg_catalog.split_part(fault_context, E'\\n', 1)));
            end;
          end loop;
        end;
      end loop;
      perform pg_catalog.set_config('family_hub_jobs.parted', pg_catalog.jsonb_build_object(
        'free', free, 'gone', gone, 'counted', counted, 'refused', refused, 'tries', tries)::text, true);
    end $purge$`;
}
