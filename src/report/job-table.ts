// Lists of jobs for people and for other programs.
import chalk from "chalk";
import type { ListedJob } from "../store/queue-list.ts";
import { csv } from "./csv.ts";
import type { ListFormat } from "./list-formats.ts";
import { NONE, oneLine, plainTable } from "./plain-table.ts";

export interface TableStyle {
  readonly terminal: boolean;
  readonly color: boolean;
  readonly now: Date;
}

interface Page {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
}

export function formatJobs(page: Page, format: ListFormat, style: TableStyle): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(page)}\n`;
    case "jsonl":
      return page.jobs.map((job) => `${JSON.stringify(job)}\n`).join("");
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

function table(jobs: readonly ListedJob[], wide: boolean, style: TableStyle): string {
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

const NEVER = "never";

/** Postgres knows infinity, which the driver hands out as a number or as a date that is none. */
function isMoment(at: Date): boolean {
  return at instanceof Date && Number.isFinite(at.getTime());
}

function colored(status: string, style: TableStyle): string {
  if (!style.color) return oneLine(status);
  if (status === "completed") return chalk.green(status);
  if (status === "failed") return chalk.red(status);
  if (status === "processing") return chalk.cyan(status);
  return status === "pending" ? status : chalk.yellow(oneLine(status));
}

/** Relative on a terminal, where somebody looks now; absolute everywhere else. */
function time(at: Date | null, style: TableStyle): string {
  if (at === null) return NONE;
  if (!isMoment(at)) return NEVER;
  if (!style.terminal) return at.toISOString();
  const seconds = Math.round((at.getTime() - style.now.getTime()) / 1000);
  const text = span(Math.abs(seconds));
  return seconds > 0 ? `in ${text}` : text;
}

function span(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
