// Causes of failure for people and for other programs.
import { json } from "../../terminal/json.ts";
import type { CauseReport } from "./errors.ts";
import { idCell, NONE, when, type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import type { Column } from "../../terminal/table.ts";

export async function formatErrors(
  errors: readonly CauseReport[],
  format: CauseFormat,
  style: TextStyle,
): Promise<string> {
  switch (format) {
    case "json":
      return `${json({ errors })}\n`;
    case "jsonl":
      return errors.map((error) => `${json(error)}\n`).join("");
    case "name":
      return errors.map(({ fingerprint }) => `${oneLine(fingerprint)}\n`).join("");
    case "table":
      return table(errors, style);
    default:
      return format satisfies never;
  }
}

/** The advice is never cut. */
async function table(errors: readonly CauseReport[], style: TextStyle): Promise<string> {
  if (errors.length === 0) return "";
  const { drawEverything } = await import("../../terminal/table.ts");
  const columns: Column<CauseReport>[] = [
    { head: "ERROR", rank: 0, cell: ({ fingerprint }) => oneLine(fingerprint) },
    { head: "FAILED", rank: 1, cell: ({ failed }) => String(failed) },
    { head: "WAITING", rank: 1, cell: ({ waiting }) => String(waiting) },
    { head: "FIRST-SEEN", rank: 1, cell: ({ firstSeenAt }) => when(firstSeenAt, style) },
    { head: "LAST-SEEN", rank: 1, cell: ({ lastSeenAt }) => when(lastSeenAt, style) },
    { head: "SAMPLE", rank: 1, cell: ({ sampleJobId }) => idCell(sampleJobId, style) },
    { head: "MESSAGE", rank: 1, cell: ({ sampleMessage }) => oneLine(sampleMessage ?? NONE) },
    { head: "WHAT-TO-DO", rank: 1, cell: ({ advice }) => advice },
  ];
  return drawEverything(columns, errors, style.width);
}
