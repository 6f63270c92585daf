// Causes of failure for people and for other programs.
import { json } from "../../terminal/json.ts";
import type { CauseReport } from "./errors.ts";
import { idCell, NONE, when, type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import type { SentenceTable } from "../../terminal/sentence-table.ts";

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
  const { drawWithSentences } = await import("../../terminal/sentence-table.ts");
  return drawWithSentences(tableOf(style), errors, style.width);
}

/** Ranked: on a narrow terminal, when a cause was seen matters least. */
function tableOf(style: TextStyle): SentenceTable<CauseReport> {
  const message = ({ sampleMessage }: CauseReport) => oneLine(sampleMessage ?? NONE);
  // Its commands accept a short ID, too.
  const advice = ({ advice: text, sampleJobId }: CauseReport) =>
    text.replaceAll(sampleJobId, idCell(sampleJobId, style));
  return {
    columns: [
      { head: "ERROR", rank: 0, cell: ({ fingerprint }) => oneLine(fingerprint) },
      { head: "FAILED", rank: 1, cell: ({ failed }) => String(failed) },
      { head: "WAITING", rank: 1, cell: ({ waiting }) => String(waiting) },
      { head: "FIRST-SEEN", rank: 4, cell: ({ firstSeenAt }) => when(firstSeenAt, style) },
      { head: "LAST-SEEN", rank: 3, cell: ({ lastSeenAt }) => when(lastSeenAt, style) },
      { head: "SAMPLE", rank: 2, cell: ({ sampleJobId }) => idCell(sampleJobId, style) },
    ],
    wide: [
      { head: "MESSAGE", rank: 1, cell: message },
      { head: "WHAT-TO-DO", rank: 1, cell: advice },
    ],
    sentences: (error) => [
      error.sampleMessage === null ? "" : message(error),
      `what to do: ${advice(error)}`,
    ],
  };
}
