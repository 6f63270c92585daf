// The size of the terminal. A separate file, so that help does not load tables.

/** 0 if the terminal does not know its size. */
export function columnsOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns === 0 ? 80 : columns;
}

/** The widest paragraph on any terminal. */
export const WIDEST_TEXT = 100;

/**
 * The width at which to wrap paragraphs; null if the output is not a terminal, for programs that read lines.
 */
export function textWidth(stream: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number | null {
  return stream.isTTY === true ? Math.min(columnsOf(stream), WIDEST_TEXT) : null;
}
