// Verdicts on the accounts of jobs, for people and for other programs.
import { VERDICTS } from "../../domain/verdict.ts";
import type { VerifiedJob } from "../accounts/accounts.ts";
import { colored, idCell, NONE, type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { json } from "../../terminal/json.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import type { Column } from "../../terminal/table.ts";

/** Writes the jobs piece by piece, and the totals at the end. */
export interface VerdictWriter {
  piece(jobs: readonly VerifiedJob[], style: TextStyle): Promise<string>;
  end(): string;
}

export function writeVerdicts(format: CauseFormat): VerdictWriter {
  if (format === "json") return jsonWriter();
  let first = true;
  return {
    piece: async (jobs, style) => {
      const text = await pieceText(jobs, format, style);
      // One table head for all pieces.
      const shown = format === "table" && !first ? text.slice(text.indexOf("\n") + 1) : text;
      first = false;
      return shown;
    },
    end: () => "",
  };
}

function jsonWriter(): VerdictWriter {
  let before = '{"jobs":[';
  const counts = new Map<VerifiedJob["verdict"], number>();
  return {
    piece: async (jobs) => {
      for (const { verdict } of jobs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      if (jobs.length === 0) return "";
      const text = before + jobs.map((job) => json(plain(job))).join(",");
      before = ",";
      return text;
    },
    end: () => `${before === "," ? "" : before}],"counts":${json(namedCounts(counts))}}\n`,
  };
}

async function pieceText(
  jobs: readonly VerifiedJob[],
  format: Exclude<CauseFormat, "json">,
  style: TextStyle,
): Promise<string> {
  switch (format) {
    case "jsonl":
      return jobs.map((job) => `${json(plain(job))}\n`).join("");
    case "name":
      // For `queue requeue -`: only jobs for which a requeue helps.
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

function namedCounts(counts: ReadonlyMap<VerifiedJob["verdict"], number>): Record<string, number> {
  return Object.fromEntries(
    VERDICTS.map((verdict) => [
      verdict.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      counts.get(verdict) ?? 0,
    ]),
  );
}

/** The advice and the IDs are never cut. */
async function table(jobs: readonly VerifiedJob[], style: TextStyle): Promise<string> {
  if (jobs.length === 0) return "";
  const { drawWithSentences } = await import("../../terminal/sentence-table.ts");
  // Its commands accept a short ID, too.
  const advice = ({ id, advice: text }: VerifiedJob) =>
    oneLine(text).replaceAll(id, idCell(id, style));
  const columns: Column<VerifiedJob>[] = [
    { head: "ID", rank: 0, cell: ({ id }) => idCell(id, style) },
    {
      head: "STATUS",
      rank: 1,
      cell: ({ status }) => (status === null ? NONE : colored(status, style)),
    },
    { head: "VERDICT", rank: 0, cell: ({ verdict }) => verdict },
    { head: "ZITADEL-USER", rank: 3, cell: (job) => oneLine(job.zitadelUserId ?? NONE) },
    { head: "USERNAME", rank: 2, cell: ({ username }) => oneLine(username ?? NONE) },
  ];
  const wide = [{ head: "ADVICE", rank: 1, cell: advice }];
  const drawn = { columns, wide, sentences: (job: VerifiedJob) => [advice(job)] };
  return drawWithSentences(drawn, jobs, style.width);
}
