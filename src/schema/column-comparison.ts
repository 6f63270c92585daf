// Compares an existing column with what the tool needs.
import type { ColumnNeed } from "./column-needs.ts";
import type { Use } from "./column-needs.ts";
import type { ColumnFacts } from "./table-facts.sql.ts";

export interface Difference {
  readonly table: string;
  /** Such as `lacks username`. */
  readonly found: string;
  /** How to correct it: SQL if that is certain. */
  readonly fix: string;
}

export function declaration({ declared, nullable }: ColumnNeed): string {
  return nullable === false ? `${declared} not null` : declared;
}

export function compareColumn(
  table: string,
  { name, type, width, notNull, generated }: ColumnFacts,
  need: ColumnNeed,
  use: Use,
): Difference[] {
  const differs = (found: string, fix: string): Difference => ({
    ...{ table, found: `has a column ${name} that ${found}` },
    fix: `alter table ${table} alter column ${name} ${fix};`,
  });
  const is = width === null ? type : `${type}(${width})`;
  const { declared, nullable } = need;
  const differences: Difference[] = [];
  if (!need.types.includes(type)) {
    const cast = `type ${declared} using ${name}::${declared}`;
    differences.push(differs(`is ${is}, not ${declared}`, cast));
  } else if (width !== null && need.width !== null && width < need.width) {
    differences.push(differs(`is ${is}, narrower than ${declared}`, `type ${declared}`));
  }
  if (nullable === false && !notNull) differences.push(differs("may be null", "set not null"));
  if (nullable === true && notNull) differences.push(differs("may not be null", "drop not null"));
  if (generated && use !== "read") {
    differences.push(differs("is generated, and this tool writes it", "drop expression"));
  }
  return differences;
}
