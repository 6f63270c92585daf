// Compares the existing tables with those that the tool needs: name, type and nullability.
import type { Queryable } from "../postgres/database.ts";
import { compareColumn, declaration, type Difference } from "./column-comparison.ts";
import type { ColumnNeed } from "./column-needs.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";
import type { TableNeed, Use } from "./column-needs.ts";
import { belongsToFamilyHub, TABLES } from "./needed-columns.ts";
import {
  readTableFacts,
  type ColumnFacts,
  type RelationKind,
  type TableFacts,
} from "./table-facts.sql.ts";

/**
 * Reads only the catalog.
 * @param applied names of the applied migrations
 * @param complete whether those are all migrations: otherwise `migrate` adds what is missing
 */
export async function compareSchema(
  db: Queryable,
  applied: readonly string[],
  complete: boolean,
): Promise<{ tables: number; differences: Difference[] }> {
  const wanted = Object.entries(TABLES);
  const tables = await readTableFacts(
    db,
    wanted.map(([name, { knownBy = [] }]) => ({ name, knownBy })),
  );
  const facts = new Map(tables.map((table) => [table.name, table]));
  const differences = wanted.flatMap(([name, need]) => {
    const table = facts.get(name);
    if (table === undefined || table.kind === null) return absent(name, need, table, complete);
    if (applied.length === 0 && !belongsToFamilyHub(name)) return [foreign(name)];
    return [
      ...compareTable(name, table.kind, table.columns, need, complete),
      ...table.rules.map((rule) => withRule(name, rule)),
    ];
  });
  return { tables: wanted.length, differences };
}

function absent(
  name: string,
  { use, columns }: TableNeed,
  table: TableFacts | undefined,
  complete: boolean,
): Difference[] {
  const [elsewhere] = table?.elsewhere ?? [];
  if (elsewhere !== undefined) {
    const view = `create view ${name} as select ${Object.keys(columns).join(", ")} from ${elsewhere};`;
    const found = `does not exist, but ${elsewhere} does: a second, empty table would be useless`;
    return [{ table: name, found, fix: use === "change" ? move(name, elsewhere) : view }];
  }
  if (!complete) return [];
  return [
    { table: name, found: "does not exist", fix: belongsToFamilyHub(name) ? BY_API : BY_BACKUP },
  ];
}

const BY_API = "let FamilyHub's API migrate its schema (and check that this is its database)";
const BY_BACKUP = "restore it from a backup: its migration is recorded as applied";

function move(name: string, elsewhere: string): string {
  const [schema] = name.split(".");
  return (
    `this tool needs the table itself, in schema ${schema}: check DATABASE_URL, or, if FamilyHub's API ` +
    `allows it, alter table ${elsewhere} set schema ${schema};`
  );
}

function foreign(table: string): Difference {
  const [schema] = table.split(".");
  return {
    ...{
      table,
      found:
        "exists, but no migration of this tool created it: the schema belongs to another application",
    },
    fix: `alter schema ${schema} rename to other_${schema};`,
  };
}

function withRule(table: string, rule: string): Difference {
  return {
    ...{ table, found: `has a rule ${rule}, with which Postgres refuses this tool's statements` },
    fix: `replace it with a trigger, then: drop rule ${rule} on ${table};`,
  };
}

const IN_PARTS: readonly RelationKind[] = ["table", "parent table", "partitioned table"];
const MAY_STAND_IN: Readonly<Record<Use, readonly RelationKind[]>> = {
  change: ["table"],
  insert: [...IN_PARTS, "view"],
  read: [...IN_PARTS, "view", "read-only view", "foreign table"],
};

const WHY_NOT: Readonly<Record<Use, string>> = {
  change: "this tool locks and changes its rows in place: replace it with an ordinary table",
  insert: "this tool adds rows to it: replace it with a table, or with a view that accepts inserts",
  read: "this tool must see every change of it at once: replace it with a table or a view",
};

function compareTable(
  name: string,
  kind: RelationKind,
  columns: readonly ColumnFacts[],
  need: TableNeed,
  complete: boolean,
): Difference[] {
  if (!MAY_STAND_IN[need.use].includes(kind)) {
    return [{ table: name, found: `is a ${kind}`, fix: WHY_NOT[need.use] }];
  }
  const found = new Map(columns.map((column) => [column.name, column]));
  // What migrations add may be missing until all of them are applied.
  const mustExist = complete || belongsToFamilyHub(name) ? need.columns : {};
  const wanted = Object.entries({ ...mustExist, ...(complete ? need.added : {}) });
  const missing = wanted.filter(([column]) => !found.has(column));
  return [
    ...(missing.length === 0 ? [] : [lacking(name, missing)]),
    ...Object.entries({ ...need.columns, ...need.added }).flatMap(([column, wants]) => {
      const is = found.get(column);
      return is === undefined ? [] : compareColumn(name, is, wants, need.use);
    }),
    ...unknownColumns(name, columns, need),
  ];
}

function lacking(
  table: string,
  missing: readonly (readonly [name: string, need: ColumnNeed])[],
): Difference {
  const declared = missing.map(([name, need]) => `${name} ${declaration(need)}`).join(", ");
  return {
    ...{ table, found: `lacks ${missing.map(([name]) => name).join(", ")}` },
    fix: belongsToFamilyHub(table)
      ? `${BY_API}; or rename or add what should be ${declared}`
      : BY_BACKUP,
  };
}

/** Columns that an insert by the tool would leave empty. */
function unknownColumns(
  table: string,
  columns: readonly ColumnFacts[],
  { use, columns: known, added = {} }: TableNeed,
): Difference[] {
  if (use !== "insert" && table !== QUEUE) return [];
  return columns
    .filter(({ name }) => !(name in known) && !(name in added))
    .filter(({ notNull, hasDefault, generated }) => notNull && !hasDefault && !generated)
    .map(({ name }) => ({
      ...{
        table,
        found: `has a required column ${name} that this tool does not know`,
      },
      fix: `give it a default, or: alter table ${table} alter column ${name} drop not null;`,
    }));
}
