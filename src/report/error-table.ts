// Causes of failure for people and for other programs.
import type { CauseReport } from "../use-cases/queue-errors.ts";
import { oneLine, time, type TextStyle } from "./cells.ts";
import type { CauseFormat } from "./list-formats.ts";
import { plainTable } from "./plain-table.ts";

export function formatErrors(
  errors: readonly CauseReport[],
  format: CauseFormat,
  style: TextStyle,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ errors })}\n`;
    case "jsonl":
      return errors.map((error) => `${JSON.stringify(error)}\n`).join("");
    case "name":
      return errors.map(({ fingerprint }) => `${oneLine(fingerprint)}\n`).join("");
    case "table":
      return table(errors, style);
    default:
      return format satisfies never;
  }
}

function table(errors: readonly CauseReport[], style: TextStyle): string {
  if (errors.length === 0) return "";
  const head = ["ERROR", "FAILED", "WAITING", "FIRST-SEEN", "LAST-SEEN", "SAMPLE", "WHAT-TO-DO"];
  const rows = errors.map((error) => [
    oneLine(error.fingerprint),
    String(error.failed),
    String(error.waiting),
    time(error.firstSeenAt, style),
    time(error.lastSeenAt, style),
    error.sampleJobId,
    error.advice,
  ]);
  return plainTable(head, rows);
}
