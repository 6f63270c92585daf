// Tables whose rows end with sentences: next to the other columns if there is room, otherwise below each row.
import { NONE } from "./cells.ts";
import { drawEverything, drawTable, fits, type Column } from "./table.ts";
import { WIDEST_TEXT } from "./terminal-size.ts";
import { wrapCells } from "./wrap.ts";

export interface SentenceTable<Row> {
  readonly columns: readonly Column<Row>[];
  /** If the terminal is wide enough. */
  readonly wide: readonly Column<Row>[];
  /** The same below a row. */
  readonly sentences: (row: Row) => readonly string[];
}

const INDENT = "  ";

/**
 * Cuts and leaves out nothing: columns that do not fit come before the sentences of their row. A command is
 * never broken, because it is copied.
 */
export function drawWithSentences<Row>(
  { columns, wide, sentences }: SentenceTable<Row>,
  rows: readonly Row[],
  width?: number,
): string {
  const all = [...columns, ...wide];
  if (width === undefined || fits(all, rows, width)) return drawEverything(all, rows, width);
  const { text, leftOut } = drawTable(columns, rows, width);
  const others = columns.filter(({ head }) => leftOut.includes(head));
  const room = Math.min(width, WIDEST_TEXT) - INDENT.length;
  const below = (row: Row) =>
    [othersText(others, row), ...sentences(row)]
      .filter((sentence) => sentence !== "")
      .flatMap((sentence) => wrapCells(sentence, room, "commands"))
      .map((line) => INDENT + line);
  const [head = "", ...lines] = text.trimEnd().split("\n");
  const blocks = rows.map((row) => below(row).join("\n"));
  // What successive rows share is below the last of them.
  const shown = blocks.flatMap((block, index) => [
    lines[index] ?? "",
    ...(block === "" || block === blocks[index + 1] ? [] : [block]),
  ]);
  return [head, ...shown].map((line) => `${line}\n`).join("");
}

function othersText<Row>(columns: readonly Column<Row>[], row: Row): string {
  return columns
    .filter(({ cell }) => cell(row) !== NONE)
    .map(({ head, cell }) => `${head.toLowerCase().replaceAll("-", " ")} ${cell(row)}`)
    .join(", ");
}
