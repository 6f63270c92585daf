// Lists of jobs for people and for other programs.
import type { ListedJob } from "../store/queue-list.ts";
import { colored, isMoment, NEVER, NONE, oneLine, time, type TextStyle } from "./cells.ts";
import { csv } from "./csv.ts";
import { json } from "./json.ts";
import type { ListFormat } from "./list-formats.ts";
import { plainTable } from "./plain-table.ts";

interface Page {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
}

export function formatJobs(page: Page, format: ListFormat, style: TextStyle): string {
  switch (format) {
    case "json":
      return `${json(page)}\n`;
    case "jsonl":
      return page.jobs.map((job) => `${json(job)}\n`).join("");
    case "csv":
      return csv(
        CSV_COLUMNS,
        page.jobs.map((job) => CSV_COLUMNS.map((name) => plain(job[name]))),
      );
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

function plain(value: string | number | Date | null): string {
  if (value instanceof Date) return isMoment(value) ? value.toISOString() : NEVER;
  return String(value ?? "");
}

function table(jobs: readonly ListedJob[], wide: boolean, style: TextStyle): string {
  if (jobs.length === 0) return "";
  const created = style.terminal ? "AGE" : "CREATED";
  const head = ["ID", "STATUS", "RETRIES", "NEXT", "ERROR", "USERNAME", created];
  if (wide) head.push("NAME", "ROLE", "FAMILY", "CREATED-BY", "ZITADEL-USER", "MESSAGE");
  const rows = jobs.map((job) => {
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
    return cells;
  });
  return plainTable(head, rows);
}
