// The keys of the ring for people and for other programs.
import type { KeyList, KeyUse } from "./list.ts";
import { csv } from "../terminal/csv.ts";
import type { ListFormat } from "../terminal/list-formats.ts";
import { NONE, type TextStyle } from "../terminal/cells.ts";
import { oneLine } from "../one-line.ts";
import { wrapCells } from "../terminal/wrap.ts";
import { completeText, type DrawnTable } from "../terminal/drawn-table.ts";
import type { Column } from "../terminal/table.ts";

export interface ListedRing extends KeyList {
  readonly file: string | null;
  readonly mode: string | null;
}

const COLUMNS = ["kid", "type", "encrypts", "inRing", "waiting", "failed"] as const;

export async function formatKeys(
  ring: ListedRing,
  format: ListFormat,
  style: TextStyle,
): Promise<DrawnTable> {
  const { keys } = ring;
  switch (format) {
    case "json":
      return completeText(`${JSON.stringify(ring)}\n`);
    case "jsonl":
      return completeText(keys.map((key) => `${JSON.stringify(key)}\n`).join(""));
    case "csv":
      return completeText(
        csv(
          COLUMNS,
          keys.map((key) => COLUMNS.map((name) => String(key[name] ?? ""))),
        ),
      );
    case "name":
      return completeText(keys.map(({ kid }) => `${kid}\n`).join(""));
    case "table":
    case "wide":
      return withNotes(ring, format === "wide", style);
    default:
      return format satisfies never;
  }
}

const TABLE: readonly Column<KeyUse>[] = [
  { head: "KID", rank: 0, cell: ({ kid }) => oneLine(kid) },
  { head: "TYPE", rank: 4, cell: ({ type }) => type ?? NONE },
  { head: "STATE", rank: 1, cell: state },
  { head: "WAITING", rank: 2, cell: ({ waiting }) => String(waiting) },
  { head: "FAILED", rank: 3, cell: ({ failed }) => String(failed) },
];

async function withNotes(
  ring: ListedRing,
  wide: boolean,
  { width }: TextStyle,
): Promise<DrawnTable> {
  const { drawEverything, drawTable } = await import("../terminal/table.ts");
  const { keys, unreadable, file, mode } = ring;
  const { text, leftOut } = wide
    ? completeText(drawEverything(TABLE, keys, width))
    : drawTable(TABLE, keys, width);
  const notes = [
    ...(file === null ? [] : [`The ring is ${file}${mode === null ? "" : `, mode ${mode}`}.`]),
    ...(unreadable === 0
      ? []
      : [`Jobs whose password names no key and cannot be decrypted: ${unreadable}.`]),
    droppable(keys),
  ].flatMap((note) => (width === undefined ? [note] : wrapCells(note, width)));
  return { text: `${text}\n${notes.join("\n")}\n`, leftOut };
}

function state(key: KeyUse): string {
  if (!key.inRing) return "missing";
  return key.encrypts ? "encrypts" : "decrypts";
}

function droppable(keys: readonly KeyUse[]): string {
  const free = keys.filter((key) => key.inRing && !key.encrypts && key.waiting + key.failed === 0);
  if (free.length === 0) return "No key can be removed.";
  const kids = free.map(({ kid }) => kid).join(", ");
  return `Can be removed once FamilyHub's API no longer encrypts with them: ${kids}`;
}
