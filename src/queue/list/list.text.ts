// Lists of jobs for people and for other programs.
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";
import {
  colored,
  highlighted,
  idCell,
  nextTry,
  NONE,
  whenItBegan,
  type TextStyle,
} from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { csv } from "../../terminal/csv.ts";
import { json } from "../../terminal/json.ts";
import type { ListFormat } from "../../terminal/list-formats.ts";
import { completeText, type DrawnTable } from "../../terminal/drawn-table.ts";
import type { Column } from "../../terminal/table.ts";

interface Page {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
}

/** @param search text to highlight; null for none */
export type JobsText = (page: Page, search: string | null, style: TextStyle) => DrawnTable;

/** Loads the code that draws tables only for a table. */
export async function jobsText(format: ListFormat): Promise<JobsText> {
  switch (format) {
    case "json":
      return (page) => completeText(`${json(page)}\n`);
    case "jsonl":
      return ({ jobs }) => completeText(jobs.map((job) => `${json(job)}\n`).join(""));
    case "csv":
      return ({ jobs }) => completeText(csv(CSV_COLUMNS, jobs.map(csvRow)));
    case "name":
      return ({ jobs }) => completeText(jobs.map(({ id }) => `${id}\n`).join(""));
    case "table":
    case "wide":
      return tableText(format === "wide");
    default:
      return format satisfies never;
  }
}

async function tableText(wide: boolean): Promise<JobsText> {
  const { drawEverything, drawTable } = await import("../../terminal/table.ts");
  return ({ jobs }, search, style) => {
    if (jobs.length === 0) return completeText("");
    const marked = (value: string | null) =>
      value === null ? NONE : highlighted(oneLine(value), search, style);
    const most = columns(wide, style, marked);
    if (!wide) return drawTable([...most, why(marked)], jobs, style.width);
    return completeText(drawEverything([...most, ...moreColumns(marked)], jobs, style.width));
  };
}

const CSV_COLUMNS = [
  "id", "familyId", "username", "fullName", "role", "status", "retryCount", "nextRetryAt",
  "lastErrorCode", "lastErrorMessage", "createdByUserId", "createdAt", "updatedAt", "completedAt",
  "zitadelUserId",
] as const; // prettier-ignore

function csvRow(job: ListedJob): string[] {
  return CSV_COLUMNS.map((name) => plain(job[name]));
}

function plain(value: string | number | Date | null): string {
  return value instanceof Date ? value.toISOString() : String(value ?? "");
}

/** Ranked: which job, its state, why, whose. On a narrow terminal the next attempt matters less. */
function columns(wide: boolean, style: TextStyle, marked: typeof text): Column<ListedJob>[] {
  const created = whenItBegan("CREATED", wide, style);
  return [
    { head: "ID", rank: 0, cell: ({ id }) => idCell(id, style) },
    { head: "STATUS", rank: 1, cell: ({ status }) => colored(status, style) },
    { head: "RETRIES", rank: 6, cell: ({ retryCount }) => String(retryCount) },
    { head: "NEXT", rank: 4, cell: (job) => nextTry(job, style) },
    { head: "ERROR", rank: 2, cell: ({ lastErrorCode }) => text(lastErrorCode) },
    { head: "USERNAME", rank: 3, cut: "text", cell: ({ username }) => marked(username) },
    { head: created.head, rank: 5, cell: ({ createdAt }) => created.cell(createdAt) },
  ];
}

const why = (marked: typeof text): Column<ListedJob> => ({
  ...{ head: "MESSAGE", rank: 7, cut: "sentence", extra: true },
  cell: ({ lastErrorMessage }) => marked(lastErrorMessage),
});

const moreColumns = (marked: typeof text): Column<ListedJob>[] => [
  { head: "NAME", rank: 7, cut: "text", cell: ({ fullName }) => marked(fullName) },
  { head: "ROLE", rank: 9, cell: ({ role }) => text(role) },
  { head: "FAMILY", rank: 9, cell: ({ familyId }) => familyId },
  { head: "CREATED-BY", rank: 9, cell: ({ createdByUserId }) => createdByUserId },
  { head: "ZITADEL-USER", rank: 9, cell: ({ zitadelUserId }) => text(zitadelUserId) },
  {
    head: "MESSAGE",
    rank: 8,
    cut: "text",
    cell: ({ lastErrorMessage }) => marked(lastErrorMessage),
  },
];

function text(value: string | null): string {
  return value === null ? NONE : oneLine(value);
}
