// Verdicts on the accounts of jobs, for people and for other programs.
import { VERDICTS } from "../domain/verdict.ts";
import type { VerifiedJob } from "../use-cases/queue-verify.ts";
import { colored, NONE, type TextStyle } from "./cells.ts";
import { oneLine } from "../one-line.ts";
import { json } from "./json.ts";
import type { CauseFormat } from "./list-formats.ts";
import { drawEverything, type Column } from "./plain-table.ts";

export function formatVerdicts(
  jobs: readonly VerifiedJob[],
  format: CauseFormat,
  style: TextStyle,
): string {
  switch (format) {
    case "json":
      return `${json({ jobs: jobs.map(plain), counts: countVerdicts(jobs) })}\n`;
    case "jsonl":
      return jobs.map((job) => `${json(plain(job))}\n`).join("");
    case "name":
      // For `queue requeue -`: only those that it helps.
      return jobs
        .filter(({ requeueable }) => requeueable)
        .map(({ id }) => `${id}\n`)
        .join("");
    case "table":
      return table(jobs, style);
    default:
      return format satisfies never;
  }
}

function plain({ id, status, username, verdict, zitadelUserId, requeueable, advice }: VerifiedJob) {
  return { id, status, username, verdict, zitadelUserId, requeueable, advice };
}

function countVerdicts(jobs: readonly VerifiedJob[]): Record<string, number> {
  const counts = VERDICTS.map((verdict) => [
    verdict.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    jobs.filter((job) => job.verdict === verdict).length,
  ]);
  return Object.fromEntries(counts) as Record<string, number>;
}

/** What to do is told to its end, and ids are never cut. */
function table(jobs: readonly VerifiedJob[], style: TextStyle): string {
  if (jobs.length === 0) return "";
  const columns: Column<VerifiedJob>[] = [
    { head: "ID", rank: 0, cell: ({ id }) => id },
    {
      head: "STATUS",
      rank: 1,
      cell: ({ status }) => (status === null ? NONE : colored(status, style)),
    },
    { head: "VERDICT", rank: 0, cell: ({ verdict }) => verdict },
    { head: "ZITADEL-USER", rank: 1, cell: (job) => oneLine(job.zitadelUserId ?? NONE) },
    { head: "USERNAME", rank: 1, cell: ({ username }) => oneLine(username ?? NONE) },
    { head: "ADVICE", rank: 1, cell: ({ advice }) => oneLine(advice) },
  ];
  return drawEverything(columns, jobs, style.width);
}
