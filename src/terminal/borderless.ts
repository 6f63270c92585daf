// Tables without borders, drawn by cli-table3, which measures, pads and cuts in terminal cells.
import Table from "cli-table3";
import { createSubstitutes } from "./substitutes.ts";

/** Blanks between two columns. */
export const GAP = 2;

const NO_BORDERS = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "" },
  middle: " ".repeat(GAP),
};

function borderless(colWidths: number[]) {
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true };
  return new Table({ chars: NO_BORDERS, style, colWidths });
}

const COLOUR = /\u001b\[[\d;]*m/g;
const ASCII = /^[ -~]*$/;

/** The number of cells that a text takes in such a table. */
export function cellWidth(text: string): number {
  const plain = text.replace(COLOUR, "");
  if (ASCII.test(plain)) return plain.length;
  const table = borderless([]);
  table.push([createSubstitutes().hide(plain)]);
  table.toString();
  return table.options.colWidths[0] ?? 0;
}

/**
 * One line a row, without trailing blanks; text that is wider than its column is cut.
 * @param widths of the columns, in cells
 */
export function drawRows(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const substitutes = createSubstitutes();
  return rows
    .map((row) => {
      const plain = padPlain(row, widths);
      if (plain !== null) return plain;
      // One at a time: cli-table3 compares each row with all above it, 20 seconds for 10,000.
      const table = borderless([...widths]);
      table.push(row.map((text) => substitutes.hide(text)));
      return `${substitutes.show(table.toString()).trimEnd()}\n`;
    })
    .join("");
}

/**
 * For most rows cli-table3 has nothing to measure or cut; drawing 50 of them would take a quarter of
 * `queue list`.
 * @returns null if a cell has other than ASCII characters, or does not fit
 */
function padPlain(row: readonly string[], widths: readonly number[]): string | null {
  const fits = row.every((text, i) => text.length <= (widths[i] ?? 0) && ASCII.test(text));
  if (!fits) return null;
  const cells = row.map((text, i) => text.padEnd(widths[i] ?? 0));
  return `${cells.join(NO_BORDERS.middle).trimEnd()}\n`;
}

/** Cuts to that many cells. */
export function cutCells(text: string, width: number): string {
  return drawRows([[text]], [width]).trimEnd();
}
