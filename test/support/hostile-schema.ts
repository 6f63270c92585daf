// A schema full of functions and operators that fit our arguments better than what pg_catalog has.
import type { TestDatabase } from "./database.ts";

/** Puts the schema behind pg_catalog, where anybody who may create in `public` has one. */
export function searched({ url }: TestDatabase): { readonly DATABASE_URL: string } {
  return { DATABASE_URL: `${url}&options=${encodeURIComponent("-c search_path=hostile")}` };
}

/** Each matches a varchar column better than what pg_catalog has for text. */
const FUNCTIONS = [
  ...["btrim(varchar, text)", "btrim(varchar)", "lower(varchar)", "length(varchar)"],
  ...["split_part(varchar, text, int)", "hashtext(varchar)", "concat(varchar, text)"],
];

/** A call of one of them fails with a message; for callers that ignore errors, the calls are counted. */
export async function givenHostileSchema(db: TestDatabase): Promise<void> {
  await db.query("create schema hostile; create sequence hostile.calls");
  await db.query(
    FUNCTIONS.map((name) => `create function hostile.${name} returns text ${trap(name)}`).join(";"),
  );
  await db.query(OPERATORS);
  await db.query(POLYMORPHIC);
  await db.query(
    "grant usage on schema hostile to public; grant usage on sequence hostile.calls to public",
  );
}

export async function wasCalled(db: TestDatabase): Promise<boolean> {
  const { called } = await db.one<{ called: boolean }>(
    "select is_called as called from hostile.calls",
  );
  return called;
}

function trap(name: string): string {
  return `language plpgsql stable as $trap$ begin
    perform pg_catalog.nextval('hostile.calls'); raise exception 'hijacked by ${name}';
  end $trap$`;
}

/** Every pair of types that pg_catalog has an operator for after a conversion only. */
const OPERATORS = `
  do $$
  declare
    types regtype[] := array['int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'text', 'varchar',
      'name', 'oid', 'timestamptz', 'timestamp', 'date', 'interval', 'uuid', 'jsonb', 'bool', '"char"',
      'xid', 'regtype', 'regclass', 'text[]', 'varchar[]', 'uuid[]', 'int4[]'];
    names text[] := array['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '||', '~~', '~~*',
      '&', '->>', '->', '~', '!~', '@>'];
    pair record;
    result text;
    place int := 0;
  begin
    for pair in
      select n.name, l.type as l, r.type as r
      from unnest(names) as n (name), unnest(types) as l (type), unnest(types) as r (type)
      where not exists (
        select from pg_operator o
        where o.oprname::text = n.name and o.oprleft = l.type and o.oprright = r.type
      )
    loop
      begin
        execute format('select pg_typeof(null::%s operator(pg_catalog.%s) null::%s)::text',
                       pair.l, pair.name, pair.r) into result;
      exception when others then
        continue;
      end;
      place := place + 1;
      execute format('create function hostile.op_%s(%s, %s) returns %s ${trap("%s %s %s").replaceAll("'", "''")}',
                     place, pair.l, pair.r, result, pair.l, replace(pair.name, '%', '%%'), pair.r);
      execute format('create operator hostile.%s (leftarg = %s, rightarg = %s, function = hostile.op_%s)',
                     pair.name, pair.l, pair.r, place);
    end loop;
  end $$`;

/** What takes any type in pg_catalog, for each type by itself. */
const POLYMORPHIC = `
  do $$
  declare
    t text;
  begin
    foreach t in array array['text', 'uuid', 'int4', 'int8', 'name', 'varchar', 'jsonb'] loop
      execute format('create function hostile.unnest(%s[]) returns setof %s ${trap("unnest").replaceAll("'", "''")}', t, t);
      execute format('create function hostile.agg(%s[], %s) returns %s[] ${trap("array_agg").replaceAll("'", "''")}', t, t, t);
      execute format('create aggregate hostile.array_agg(%s) (sfunc = hostile.agg, stype = %s[])', t, t);
      execute format('create function hostile.cnt(int8, %s) returns int8 ${trap("count").replaceAll("'", "''")}', t);
      execute format('create aggregate hostile.count(%s) (sfunc = hostile.cnt, stype = int8, initcond = ''0'')', t);
    end loop;
  end $$`;
