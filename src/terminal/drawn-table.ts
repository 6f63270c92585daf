// A drawn table for printing. A separate file, so that code that prints data does not load tables.
export interface DrawnTable {
  readonly text: string;
  /** The headings of columns with values that did not fit. */
  readonly leftOut: readonly string[];
}

/** For text without left-out columns, such as JSON. */
export function completeText(text: string): DrawnTable {
  return { text, leftOut: [] };
}
