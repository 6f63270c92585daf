// Tables as in kubectl: columns without borders, one line a row, no wider than the terminal.
import { cellWidth, drawRows, GAP } from "./borderless.ts";
import { NONE } from "./cells.ts";
import { completeText, type DrawnTable } from "./drawn-table.ts";
import { fitAll, fitColumns, uncut, type ColumnNeed } from "./fit-columns.ts";
import { formatPoints } from "./points.ts";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** 0 is always shown; the higher the rank, the earlier the column is left out. */
  readonly rank: number;
  /** How a cell may be cut; if absent, never: an ID must not be cut. */
  readonly cut?: "text" | "list" | "sentence";
  /** For wide terminals: nobody misses it on others, or if no row has a value. */
  readonly extra?: true;
}

/** @param width of a line in cells; if absent, nothing is cut or left out */
export function drawTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): DrawnTable {
  const shown = columns.filter(({ extra, cell }) => {
    return extra === undefined || (width !== undefined && rows.some((row) => cell(row) !== NONE));
  });
  const cells = cellsOf(shown, rows);
  const needs = needsOf(shown, cells);
  if (width === undefined) return completeText(draw(shown, cells, fullWidths(needs)));
  const fitted = fitColumns(needs, width, GAP);
  const missed = shown.filter(
    ({ extra }, i) => extra === undefined && fitted[i] === null && !isAllNone(cells, i),
  );
  return {
    text: keptToColumns(draw(shown, cells, fitted)),
    leftOut: missed.map(({ head }) => head),
  };
}

/**
 * Leaves no column out: if they do not fit, each row becomes a block with one line for each column, as in
 * psql's expanded display.
 */
export function drawEverything<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): string {
  const cells = cellsOf(columns, rows);
  const needs = needsOf(columns, cells);
  if (width === undefined) return draw(columns, cells, fullWidths(needs));
  const fitted = fitAll(needs, width, GAP);
  if (fitted !== null) return keptToColumns(draw(columns, cells, fitted));
  const blocks = cells.map((row) =>
    formatPoints(
      columns.map(({ head, cut }, index) => ({
        ...{ name: head, texts: [row[index] ?? ""] },
        ...(cut === undefined && { unbroken: "words" as const }),
      })),
      width,
    ),
  );
  return blocks.join("\n");
}

/** Whether all columns fit the terminal next to each other. */
export function fits<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): boolean {
  return fitAll(needsOf(columns, cellsOf(columns, rows)), width, GAP) !== null;
}

function cellsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[][] {
  return rows.map((row) => columns.map((column) => column.cell(row)));
}

/** The least width to which a cell is cut. */
const LEAST = { text: 10, list: 14, sentence: 24 };

function needsOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
): ColumnNeed[] {
  return columns.map(({ head, rank, cut, extra }, index) => {
    let widest = head.length;
    for (const row of cells) widest = Math.max(widest, cellWidth(row[index] ?? ""));
    // A column without values gives way to all others, but for an extra one.
    const idle = rank > 0 && isAllNone(cells, index);
    const order = rank + (extra === true ? EXTRA : idle ? IDLE : 0);
    if (cut === undefined) return uncut(widest, order);
    const least = Math.min(widest, Math.max(head.length, LEAST[cut]));
    const differing = cut === "text" ? cellsToDiffer(cells.map((row) => row[index] ?? "")) : least;
    const wanted = Math.min(widest, Math.max(least, differing));
    return { full: widest, preferred: wanted, least, rank: order };
  });
}

const IDLE = 100;
const EXTRA = 200;

/** How many cells show where any two texts differ, if the rest is cut. */
function cellsToDiffer(texts: readonly string[]): number {
  const sorted = [...new Set(texts)].sort();
  let widest = 0;
  for (const [index, text] of sorted.entries()) {
    const common = commonStart(text, sorted[index + 1] ?? "");
    // One more character, which may be wide, and the ellipsis.
    widest = Math.max(widest, cellWidth(common) + 3);
  }
  return widest;
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}

function isAllNone(cells: readonly (readonly string[])[], index: number): boolean {
  return cells.every((row) => row[index] === NONE);
}

function fullWidths(needs: readonly ColumnNeed[]): number[] {
  return needs.map(({ full: cells }) => cells);
}

/** @param widths null for a column that is left out */
function draw<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  widths: readonly (number | null)[],
): string {
  const shown = columns.flatMap(({ head, cut }, index) => {
    const width = widths[index] ?? null;
    if (width === null) return [];
    const texts = cells.map((row) => row[index] ?? "");
    if (cut !== "list") return [{ width, texts: [head, ...texts] }];
    const cutTexts = [head, ...texts.map((text) => cutList(text, width))];
    return [{ width: Math.max(...cutTexts.map(({ length }) => length)), texts: cutTexts }];
  });
  return drawRows(
    Array.from({ length: cells.length + 1 }, (_, row) =>
      shown.map(({ texts }) => texts[row] ?? ""),
    ),
    shown.map(({ width }) => width),
  );
}

/** A number that is cut would be another number, so a list is cut only after a comma. */
function cutList(list: string, width: number): string {
  if (list.length <= width) return list;
  const items = list.split(", ");
  while (items.length > 0 && `${items.join(", ")}, …`.length > width) items.pop();
  return [...items, "…"].join(", ");
}

const CELL = /[^ \n]+(?: [^ \n]+)*/g;
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * After a Hebrew or Arabic name, some terminals would reverse the numbers of the next cell. A left-to-right
 * mark prevents that; isolates would, too, but take a cell each in terminals with older width tables.
 */
function keptToColumns(text: string): string {
  return text.replace(CELL, (cell) => (RIGHT_TO_LEFT.test(cell) ? `${cell}\u200e` : cell));
}
