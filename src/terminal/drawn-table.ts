// A table as it was drawn, for printing: known also to those who print data and load no tables.
export interface DrawnTable {
  readonly text: string;
  /** The heads of columns that there was no room for, though they say something of a row. */
  readonly leftOut: readonly string[];
}

/** Of what is no table, or lacks nothing. */
export function whole(text: string): DrawnTable {
  return { text, leftOut: [] };
}
