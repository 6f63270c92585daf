// One job for people: its fields, why it is not running, what comes next, and its history.
import { isEndless } from "../../domain/endless.ts";
import type { JobHistory, ShownJob, TimelineEntry } from "./show.ts";
import { colored, nextTry, NONE, when } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { wrapCells } from "../../terminal/wrap.ts";
import { WIDEST_TEXT } from "../../terminal/terminal-size.ts";
import { formatPoints } from "../../terminal/points.ts";
import { describePast, type HistoryStyle } from "./timeline-entry.text.ts";

/** Of the values, below each other. */
const INDENT = "Zitadel user".length + 2;

export function formatJob(story: JobHistory, style: HistoryStyle): string {
  const { job, timeline, whyNotNow, requeue, remarks } = story;
  const fields = fieldsOf(job, style).flatMap(([name, value]) =>
    wrapped(value, INDENT, style).map(
      (line, index) => `${(index === 0 ? name : "").padEnd(INDENT)}${line}`,
    ),
  );
  const outlook = formatPoints(
    [
      { name: "Why not now", texts: whyNotNow.map(({ text }) => oneLine(text)) },
      { name: "Next try", texts: [oneLine(story.nextTry)] },
      { name: "Requeue", texts: [oneLine(requeue.text)] },
      ...(remarks.length === 0 ? [] : [{ name: "Remark", texts: remarks.map(({ text }) => text) }]),
    ],
    style.width === undefined ? null : Math.min(style.width, WIDEST_TEXT),
    INDENT,
  );
  return [...fields, "", outlook, ...timelineLines(timeline, style), ""].join("\n");
}

function fieldsOf(job: ShownJob, style: HistoryStyle): [string, string][] {
  const text = (value: string | null) => oneLine(value ?? NONE);
  const exact = (at: Date | null) =>
    style.terminal && at !== null && !isEndless(at) ? ` (${at.toISOString()})` : "";
  const time = (at: Date | null) => `${when(at, style)}${exact(at)}`;
  const next = `${nextTry(job, style)}${exact(job.nextRetryAt)}`;
  return [
    ["Job", job.id],
    ["Status", colored(job.status, style)],
    ["Retries", `${job.retryCount} of ${style.retries}`],
    ["Next", job.status === "processing" ? "in progress" : next],
    ["Last error", text(job.lastErrorCode)],
    ["Message", text(job.lastErrorMessage)],
    ["Username", text(job.username)],
    ["Name", text(job.fullName)],
    ["Role", text(job.role)],
    ["Family", job.familyId],
    ["Created by", job.createdByUserId],
    ["Created", time(job.createdAt)],
    ["Updated", time(job.updatedAt)],
    ["Completed", time(job.completedAt)],
    ["Zitadel user", text(job.zitadelUserId)],
    ["Password", job.keyId === null ? job.password : `${job.password}, key ${job.keyId}`],
  ];
}

/** One line for each entry, with further details below it. */
function timelineLines(timeline: readonly TimelineEntry[], style: HistoryStyle): string[] {
  // What comes next is already above, in whole sentences.
  const past = timeline.filter((entry) => entry.kind !== "next");
  const rows = past.map((entry) => ({
    at: entry.at === null ? "" : when(entry.at, style),
    kind: entry.kind,
    lines: describePast(entry, style).filter((line) => line !== ""),
  }));
  const width = Math.max("WHEN".length, ...rows.map(({ at }) => at.length));
  const before = (at: string, kind: string) =>
    `${at.padEnd(width)}  ${kind.padEnd("created".length)}  `;
  return [
    `${before("WHEN", "WHAT")}DETAILS`,
    ...rows.flatMap(({ at, kind, lines }) =>
      lines
        .flatMap((text) => wrapped(oneLine(text), before("", "").length, style))
        .map((line, index) => `${index === 0 ? before(at, kind) : before("", "")}${line}`),
    ),
  ];
}

function wrapped(text: string, indent: number, { width }: HistoryStyle): string[] {
  return width === undefined ? [text] : wrapCells(text, Math.max(20, width - indent));
}
