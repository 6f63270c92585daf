// Comma-separated values after RFC 4180, with a header line; a cell is one line without controls.
import { oneLine } from "./cells.ts";

export function csv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

/** A spreadsheet would run a name that begins like a formula; the quote keeps it text. */
function csvCell(raw: string): string {
  const plain = oneLine(raw);
  const cell = /^[=+\-@\t\r]/.test(raw) ? `'${plain}` : plain;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
