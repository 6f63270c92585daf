// Comma-separated values as in RFC 4180, with a header line, also harmless on a terminal.

/** A cell may contain tabs and line ends, but nothing else that moves a cursor or reverses text. */
const UNSEEN = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

export function csv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

/** A spreadsheet would run a name that begins like a formula; the quote keeps it text. */
function csvCell(raw: string): string {
  const plain = raw.replace(UNSEEN, " ");
  const cell = /^[=+\-@\t\r]/.test(raw) ? `'${plain}` : plain;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
