// How wide a terminal is. A file of its own, because help must not load tables and colours.

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal that nobody has told its size says 0. */
export function columnsOf({ columns = 0 }: Screen): number {
  return columns === 0 ? 80 : columns;
}

const WIDEST_TEXT = 100;

/** Where paragraphs are wrapped; null off a terminal, for programs that read a line each. */
export function textWidth(screen: Screen): number | null {
  return screen.isTTY === true ? Math.min(columnsOf(screen), WIDEST_TEXT) : null;
}
