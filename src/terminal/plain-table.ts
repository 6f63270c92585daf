// Tables as kubectl draws them: columns without borders, one line a row, no wider than the terminal.
import { cellWidth, cutCells, cutList, wrapCells } from "./cell-width.ts";
import { NONE } from "./cells.ts";
import { fitColumns, GAP, type ColumnNeed } from "./fit-columns.ts";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** 0 is always shown; the higher, the sooner it is left out where there is no room. */
  readonly rank: number;
  /** How a cell may be cut; without it never, as an id must not be. */
  readonly cut?: "text" | "list";
}

export interface DrawnTable {
  readonly text: string;
  /** The heads of columns that there was no room for, though they say something of a row. */
  readonly leftOut: readonly string[];
}

/** Of what is no table, or lacks nothing. */
export function whole(text: string): DrawnTable {
  return { text, leftOut: [] };
}

/** A cell is cut to no less than this. */
const LEAST = { text: 10, list: 14 };

/** @param width cells that a line may have; without it nothing is cut or left out */
export function drawTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): DrawnTable {
  const { text, leftOut } = layOut(columns, rows, width);
  const missed = leftOut.filter((column) => !saysNothing(rows.map(column.cell)));
  return { text, leftOut: missed.map(({ head }) => head) };
}

/**
 * Leaves no column out: where not all have room, each row becomes a block with a line a column, as
 * psql's expanded display.
 */
export function drawEverything<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): string {
  const { text, leftOut } = layOut(columns, rows, width);
  if (width === undefined || leftOut.length === 0) return text;
  const indent = Math.max(...columns.map(({ head }) => head.length)) + GAP;
  const blocks = rows.map((row) =>
    columns
      .flatMap(({ head, cut, cell }) =>
        wrapCells(cell(row), Math.max(20, width - indent), cut !== undefined).map(
          (line, index) => `${(index === 0 ? head : "").padEnd(indent)}${line}\n`,
        ),
      )
      .join(""),
  );
  return blocks.join("\n");
}

function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number) {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const heads = columns.map(({ head }) => head);
  if (width === undefined) return { text: draw(heads, cells), leftOut: [] };
  const fitted = fitColumns(needsOf(columns, cells), width);
  const shown = <T>(row: readonly T[]) => row.filter((_, index) => fitted[index] !== null);
  const cut = cells.map((row) => row.map((text, i) => cutTo(text, fitted[i], columns[i]?.cut)));
  return {
    text: draw(shown(heads), cut.map(shown)),
    leftOut: columns.filter((_, index) => fitted[index] === null),
  };
}

function needsOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
): ColumnNeed[] {
  return columns.map(({ head, rank, cut }, index) => {
    const texts = cells.map((row) => row[index] ?? "");
    const whole = widest([head, ...texts]);
    const least = cut === undefined ? whole : Math.min(whole, Math.max(head.length, LEAST[cut]));
    return { whole, least, rank: rank > 0 && saysNothing(texts) ? rank + IDLE : rank };
  });
}

function cutTo(text: string, width: number | null = null, cut?: "text" | "list"): string {
  if (width === null || cut === undefined) return contained(text);
  return contained(cut === "text" ? cutCells(text, width) : cutList(text, width));
}

/** Such a column makes way for all others. */
function saysNothing(texts: readonly string[]): boolean {
  return texts.every((text) => text === NONE);
}

const IDLE = 100;

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Beside a Hebrew or Arabic name a terminal that knows such scripts would turn the next cell's
 * numbers round. A left-to-right mark stops that; isolates would, too, but take a cell each in
 * terminals with older tables of widths.
 */
function contained(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `${text}\u200e` : text;
}

function draw(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, index) => widest(lines.map((cells) => cells[index] ?? "")));
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, index) => padded(cell, widths[index]))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

function widest(texts: readonly string[]): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, cellWidth(text));
  return width;
}

function padded(cell: string, width = 0): string {
  return cell + " ".repeat(width + GAP - cellWidth(cell));
}
