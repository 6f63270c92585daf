// The ledger of runs for people and for other programs.
import { json } from "../terminal/json.ts";
import type { ListedRun } from "./runs.sql.ts";
import type { TextStyle } from "../terminal/cells.ts";
import { completeText, type DrawnTable } from "../terminal/drawn-table.ts";
import type { PlainFormat } from "../terminal/list-formats.ts";

interface Page {
  readonly runs: readonly ListedRun[];
  readonly nextCursor: string | null;
}

/** @param verbose one line for each run, even on a terminal */
export async function formatRuns(
  page: Page,
  format: PlainFormat,
  verbose: boolean,
  style: TextStyle,
): Promise<DrawnTable> {
  const { runs } = page;
  switch (format) {
    case "json":
      return completeText(`${json(page)}\n`);
    case "jsonl":
      return completeText(runs.map((run) => `${json(run)}\n`).join(""));
    case "name":
      return completeText(runs.map((run) => `${run.runId}\n`).join(""));
    case "table":
    case "wide": {
      const { foldedTable, runTable } = await import("./runs-table.text.ts");
      const folds = format === "table" && style.terminal && !verbose;
      return folds ? foldedTable(runs, style) : runTable(runs, format === "wide", style);
    }
    default:
      return format satisfies never;
  }
}
