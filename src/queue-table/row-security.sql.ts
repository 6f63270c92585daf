// Whether row level security may hide rows from the database role, or refuse its changes.
import { ConfigError } from "../errors.ts";
import type { Queryable } from "../postgres/database.ts";
import { NEEDED_BY, type ChangingCommand, type Privilege } from "./needed-privileges.sql.ts";

/**
 * SQL for the names of everything that may hide rows in FamilyHub's schema and the tool's: tables whose row
 * level security applies to the role, and views, because their tables may have it. It reads the catalog, so
 * missing tables cause no error.
 */
export const MAY_HIDE_ROWS = `
  array(select n.nspname::text || '.' || c.relname::text
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('auth', 'family_hub_jobs')
          and (c.relkind = 'v'
               or c.relrowsecurity and pg_catalog.row_security_active(c.oid)))`;

export interface RowSecurity {
  /** A table that is used, or that a view in its place reads. Quoted for use in a statement. */
  readonly table: string;
  /** Quoted for use in a statement. */
  readonly role: string;
  /** The privileges that no policy grants for every row. */
  readonly refused: readonly Privilege[1][];
  /** Restrictive policies, which no other policy can override. Quoted for use in a statement. */
  readonly restrictive: readonly string[];
}

/**
 * Checked before anything is changed: a hidden row looks like a missing row, and a job would fail permanently
 * because its family is hidden. Costs nothing if nothing hides rows.
 * @param mayHideRows what `MAY_HIDE_ROWS` found
 * @throws ConfigError naming each table, and the statements that give the role access
 */
export async function checkRowSecurity(
  db: Queryable,
  mayHideRows: readonly string[],
  command: ChangingCommand,
): Promise<void> {
  const needs = NEEDED_BY[command].filter(([table]) => mayHideRows.includes(table));
  if (needs.length === 0) return;
  const found = await findRowSecurity(db, needs);
  const [{ role } = { role: "" }] = found;
  if (found.length === 0) return;
  throw new ConfigError(
    `Row level security applies to the role ${role}, and may hide rows from it or refuse its changes: ` +
      `${found.map(describeRefused).join(", ")}. Nothing was changed. Either run deploy/postgres/role.sql ` +
      `with its setting for row level security, or run these statements as the owner of the tables:\n` +
      `${found.map(passStatement).join("\n")}\n` +
      `Or, as a superuser:\nalter role ${role} bypassrls;`,
  );
}

export function describeRefused({ table, refused }: RowSecurity): string {
  return `${table} (${refused.join(", ")})`;
}

/** A statement to paste into psql. */
export function passStatement({ table, role, restrictive }: RowSecurity): string {
  if (restrictive.length > 0) {
    return `-- ${table}: drop the restrictive policy ${restrictive.join(", ")}, or exclude ${role} from it`;
  }
  return `create policy family_hub_jobs_all_rows on ${table} to ${role} using (true) with check (true);`;
}

/** @param needs of existing tables; a table may occur several times */
export function findRowSecurity(
  db: Queryable,
  needs: readonly Privilege[],
): Promise<RowSecurity[]> {
  const wanted = needs.flatMap(([table, privilege]) => {
    // Rows to update or delete must be visible, too.
    const reads = privilege === "UPDATE" || privilege === "DELETE";
    return [{ table, privilege }, ...(reads ? [{ table, privilege: "SELECT" }] : [])];
  });
  return db.query<RowSecurity>(FIND, [JSON.stringify(wanted)]);
}

const FIND = `
  with recursive need as (
    select distinct n."table", n.privilege
    from jsonb_to_recordset($1::jsonb) as n ("table" text, privilege text)
  ),
  source as (
    select c.oid, n.nspname::text || '.' || c.relname::text as used
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname::text || '.' || c.relname::text in (select "table" from need)
    union
    -- Tables that a view reads. Policies that give the reader access do no harm, whether the view reads with
    -- its owner's rights or the reader's.
    select d.refobjid, s.used
    from source s
    join pg_catalog.pg_rewrite r on r.ev_class = s.oid and r.ev_type = '1'
    join pg_catalog.pg_depend d
      on d.classid = 'pg_catalog.pg_rewrite'::regclass::oid and d.objid = r.oid
     and d.refclassid = 'pg_catalog.pg_class'::regclass::oid and d.refobjid <> s.oid
  ),
  judged as (
    select s.oid, n.privilege,
           coalesce(bool_or(p.passes and p.polpermissive), false) as allowed,
           pg_catalog.array_agg(quote_ident(p.polname::text)) filter (where not p.passes and not p.polpermissive)
             as restrictive
    from source s
    join need n on n."table" = s.used
    left join lateral (
      select pol.polname, pol.polpermissive,
             -- A policy without this expression neither permits nor restricts anything by it.
             (n.privilege = 'INSERT' or coalesce(e.visible = 'true', not pol.polpermissive))
             and (n.privilege in ('SELECT', 'DELETE')
                  or coalesce(coalesce(e.writable, e.visible) = 'true', not pol.polpermissive)) as passes
      from pg_catalog.pg_policy pol
      cross join lateral (
        select pg_get_expr(pol.polqual, pol.polrelid) as visible,
               pg_get_expr(pol.polwithcheck, pol.polrelid) as writable
      ) e
      where pol.polrelid = s.oid
        and pol.polcmd::text in ('*', case n.privilege when 'SELECT' then 'r' when 'INSERT' then 'a'
                                                       when 'UPDATE' then 'w' else 'd' end)
        and exists (
          select from pg_catalog.unnest(pol.polroles) as r (oid)
          -- 0 means PUBLIC.
          where r.oid = 0::oid or pg_has_role(r.oid, 'USAGE')
        )
    ) p on true
    where row_security_active(s.oid)
    group by s.oid, n.privilege
  )
  select quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text) as "table",
         quote_ident(current_user::text) as role,
         pg_catalog.array_agg(j.privilege order by j.privilege desc) as refused,
         array(select distinct r.name
               from judged k
               cross join pg_catalog.unnest(k.restrictive) as r (name)
               where k.oid = j.oid) as restrictive
  from judged j
  join pg_catalog.pg_class c on c.oid = j.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not j.allowed or j.restrictive is not null
  group by j.oid, n.nspname, c.relname
  order by 1`;
