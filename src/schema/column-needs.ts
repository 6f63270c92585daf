// What a column must be like for the tool's statements to work with it.

export interface ColumnNeed {
  /** As it would be declared. */
  readonly declared: string;
  /** Types, as `pg_type` names them, that need no cast which the statements do not have. */
  readonly types: readonly string[];
  /** Of a text, how many characters must fit at least; null where it is only read. */
  readonly width: number | null;
  /** null where both are fine. */
  readonly nullable: boolean | null;
}

const column = (declared: string, ...types: string[]): ColumnNeed => ({
  ...{ declared, types, width: null, nullable: null },
});
export const text = (width: number | null): ColumnNeed => ({
  ...column(width === null ? "text" : `varchar(${width})`, "varchar", "text", "citext"),
  width,
});
export const UUID = column("uuid", "uuid");
export const INT = column("integer", "int4", "int2");
export const BIGINT = column("bigint", "int8");
export const BOOLEAN = column("boolean", "bool");
export const JSONB = column("jsonb", "jsonb");
/** FamilyHub's hand-made queue keeps UTC without a time zone. */
export const TIME = column("timestamptz", "timestamptz", "timestamp");

export const filled = (need: ColumnNeed): ColumnNeed => ({ ...need, nullable: false });
export const nullable = (need: ColumnNeed): ColumnNeed => ({ ...need, nullable: true });

/** What is done to a table decides what may stand in its place. */
export type Use =
  /** Rows are only read: a view may stand in its place. */
  | "read"
  /** Rows are added: a view that can be inserted into may stand in its place. */
  | "insert"
  /**
   * Rows are locked, changed or deleted where they lie, by their ctid, which is unique in one
   * ordinary table only; and indexes are built on it concurrently, which Postgres does on no other.
   */
  | "change";

export interface TableNeed {
  readonly use: Use;
  readonly columns: Readonly<Record<string, ColumnNeed>>;
  /** Columns that `migrate` adds to FamilyHub's table. */
  readonly added?: Readonly<Record<string, ColumnNeed>>;
  /** Columns by which FamilyHub's table is known in another schema. */
  readonly knownBy?: readonly string[];
}
