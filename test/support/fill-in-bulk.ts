// Fills tables with many rows, and makes their indexes again exactly as the migrations had made them.
import type { TestDatabase } from "./database.ts";

interface Definition {
  readonly drop: string;
  readonly create: string;
}

/**
 * Without indexes and checks of foreign keys `fill` takes a third of the time. Of primary keys, those
 * stay that a foreign key points at.
 */
export async function fillInBulk(
  db: Pick<TestDatabase, "query">,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const definitions = await db.query<Definition>(DEFINITIONS, [tables]);
  for (const table of tables) await db.query(`alter table ${table} disable trigger all`);
  for (const { drop } of definitions) await db.query(drop);
  await fill();
  for (const { create } of definitions) await db.query(create);
  for (const table of tables) await db.query(`alter table ${table} enable trigger all`);
}

const DEFINITIONS = `
  select case when c.oid is null then format('drop index %s', i.indexrelid::regclass)
              else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end as drop,
         case when c.oid is null then pg_get_indexdef(i.indexrelid)
              else format('alter table %s add constraint %I %s',
                          i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end as create
  from pg_index i
  left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
  where i.indrelid = any ($1::regclass[])
    and not exists (select from pg_constraint f where f.contype = 'f' and f.conindid = i.indexrelid)
  order by i.indexrelid`;
