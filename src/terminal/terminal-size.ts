// The size of the terminal. A separate file, so that help does not load tables.

/** A terminal that nobody has told its size says 0. */
export function columnsOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns === 0 ? 80 : columns;
}

/** Columns of a paragraph, however wide the terminal is. */
export const WIDEST_TEXT = 100;

/** Where paragraphs are wrapped; null off a terminal, for programs that read a line each. */
export function textWidth(stream: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number | null {
  return stream.isTTY === true ? Math.min(columnsOf(stream), WIDEST_TEXT) : null;
}
