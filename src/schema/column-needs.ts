// What a column must be like so that the tool's statements work with it.

export interface ColumnNeed {
  /** Its declaration. */
  readonly declared: string;
  /** Type names of `pg_type` for which the statements need no further cast. */
  readonly types: readonly string[];
  /** For a text, how many characters must fit; null if it is only read. */
  readonly width: number | null;
  /** null if both are accepted. */
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
/** FamilyHub's queue table may hold UTC without a time zone. */
export const TIME = column("timestamptz", "timestamptz", "timestamp");

export const filled = (need: ColumnNeed): ColumnNeed => ({ ...need, nullable: false });
export const nullable = (need: ColumnNeed): ColumnNeed => ({ ...need, nullable: true });

/** What is done with a table decides what can replace it. */
export type Use =
  /** Rows are only read: a view can replace it. */
  | "read"
  /** Rows are added: a view that accepts inserts can replace it. */
  | "insert"
  /**
   * Rows are locked, changed or deleted by their ctid, which is unique only within one ordinary table; and
   * indexes are built concurrently, which Postgres does only on such a table.
   */
  | "change";

export interface TableNeed {
  readonly use: Use;
  readonly columns: Readonly<Record<string, ColumnNeed>>;
  /** Columns that `migrate` adds to FamilyHub's table. */
  readonly added?: Readonly<Record<string, ColumnNeed>>;
  /** Columns that identify FamilyHub's table in another schema. */
  readonly knownBy?: readonly string[];
}
