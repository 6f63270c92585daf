// Lists of jobs for people and for other programs.
import Table from "cli-table3";
import type { ListedJob } from "../store/queue-list.ts";
import { colored, isMoment, NEVER, NONE, oneLine, time, type TextStyle } from "./cells.ts";
import type { ListFormat } from "./list-formats.ts";

interface Page {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
}

export function formatJobs(page: Page, format: ListFormat, style: TextStyle): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(page)}\n`;
    case "jsonl":
      return page.jobs.map((job) => `${JSON.stringify(job)}\n`).join("");
    case "csv":
      return csv(page.jobs);
    case "name":
      return page.jobs.map((job) => `${job.id}\n`).join("");
    case "table":
    case "wide":
      return table(page.jobs, format === "wide", style);
    default:
      return format satisfies never;
  }
}

const CSV_COLUMNS = [
  "id", "familyId", "username", "fullName", "role", "status", "retryCount", "nextRetryAt",
  "lastErrorCode", "lastErrorMessage", "createdByUserId", "createdAt", "updatedAt", "completedAt",
  "zitadelUserId",
] as const; // prettier-ignore

/** RFC 4180, with a header line. */
function csv(jobs: readonly ListedJob[]): string {
  const line = (cells: readonly string[]) => `${cells.map(csvCell).join(",")}\r\n`;
  const rows = jobs.map((job) => CSV_COLUMNS.map((column) => plain(job[column])));
  return [CSV_COLUMNS as readonly string[], ...rows].map(line).join("");
}

/** A spreadsheet would run a name that begins like a formula; the quote keeps it text. */
function csvCell(raw: string): string {
  const cell = /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function plain(value: string | number | Date | null): string {
  if (value instanceof Date) return isMoment(value) ? value.toISOString() : NEVER;
  return String(value ?? "");
}

function table(jobs: readonly ListedJob[], wide: boolean, style: TextStyle): string {
  if (jobs.length === 0) return "";
  const created = style.terminal ? "AGE" : "CREATED";
  const head = ["ID", "STATUS", "RETRIES", "NEXT", "ERROR", "USERNAME", created];
  if (wide) head.push("NAME", "ROLE", "FAMILY", "CREATED-BY", "ZITADEL-USER", "MESSAGE");
  const drawn = new Table({
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 2, head: [], border: [] },
    head,
  });
  for (const job of jobs) {
    const cells = [
      job.id,
      colored(job.status, style),
      String(job.retryCount),
      time(job.nextRetryAt, style),
      oneLine(job.lastErrorCode ?? NONE),
      oneLine(job.username),
      time(job.createdAt, style),
    ];
    if (wide) {
      cells.push(
        oneLine(job.fullName),
        oneLine(job.role),
        job.familyId,
        job.createdByUserId,
        oneLine(job.zitadelUserId ?? NONE),
      );
      cells.push(job.lastErrorMessage === null ? NONE : oneLine(job.lastErrorMessage));
    }
    drawn.push(cells);
  }
  return `${drawn.toString().replace(/ +$/gm, "")}\n`;
}

const NO_BORDERS = {
  top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "",
  "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "",
  right: "", "right-mid": "", middle: "",
}; // prettier-ignore
