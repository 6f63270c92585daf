// The keys of the ring for people and for other programs.
import type { KeyList, KeyUse } from "../use-cases/keys-list.ts";
import { csv } from "./csv.ts";
import type { ListFormat } from "./list-formats.ts";
import { NONE } from "./cells.ts";
import { plainTable } from "./plain-table.ts";

export interface ListedRing extends KeyList {
  readonly file: string | null;
  readonly mode: string | null;
}

const COLUMNS = ["kid", "type", "encrypts", "inRing", "waiting", "failed"] as const;

export function formatKeys(ring: ListedRing, format: ListFormat): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(ring)}\n`;
    case "jsonl":
      return ring.keys.map((key) => `${JSON.stringify(key)}\n`).join("");
    case "csv":
      return csv(
        COLUMNS,
        ring.keys.map((key) => COLUMNS.map((name) => String(key[name] ?? ""))),
      );
    case "name":
      return ring.keys.map(({ kid }) => `${kid}\n`).join("");
    case "table":
    case "wide":
      return text(ring);
    default:
      return format satisfies never;
  }
}

function text({ keys, unreadable, file, mode }: ListedRing): string {
  const head = ["KID", "TYPE", "STATE", "WAITING", "FAILED"];
  const rows = keys.map((key) => [
    ...[key.kid, key.type ?? NONE, state(key), String(key.waiting), String(key.failed)],
  ]);
  const notes = [
    ...(file === null ? [] : [`The ring is ${file}${mode === null ? "" : `, mode ${mode}`}.`]),
    ...(unreadable === 0
      ? []
      : [`Jobs whose password names no key, so none opens it: ${unreadable}.`]),
    droppable(keys),
  ];
  return `${plainTable(head, rows)}\n${notes.join("\n")}\n`;
}

function state(key: KeyUse): string {
  if (!key.inRing) return "missing";
  return key.encrypts ? "encrypts" : "decrypts";
}

function droppable(keys: readonly KeyUse[]): string {
  const free = keys.filter((key) => key.inRing && !key.encrypts && key.waiting + key.failed === 0);
  if (free.length === 0) return "No key may be dropped.";
  const kids = free.map(({ kid }) => kid).join(", ");
  return `May be dropped, once FamilyHub's API encrypts under none of them: ${kids}`;
}
