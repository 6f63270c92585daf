// One job for people: its fields, then all that happened to it, and what comes next.
import { isEndless } from "../domain/endless.ts";
import type { JobStory, ShownJob, TimelineEntry } from "../use-cases/queue-show.ts";
import { colored, nextTry, NONE, when } from "./cells.ts";
import { oneLine } from "../one-line.ts";
import { wrapCells } from "./cell-width.ts";
import { describeNext } from "./next-step.ts";
import { describePast, type StoryStyle } from "./timeline-entry.ts";

export function formatStory({ job, timeline }: JobStory, style: StoryStyle): string {
  const fields = fieldsOf(job, style).flatMap(([name, value]) =>
    wrapped(value, 14, style).map(
      (line, index) => `${(index === 0 ? name : "").padEnd(14)}${line}`,
    ),
  );
  return [...fields, "", ...timelineLines(timeline, job, style), ""].join("\n");
}

function fieldsOf(job: ShownJob, style: StoryStyle): [string, string][] {
  const text = (value: string | null) => oneLine(value ?? NONE);
  const exact = (at: Date | null) =>
    style.terminal && at !== null && !isEndless(at) ? ` (${at.toISOString()})` : "";
  const time = (at: Date | null) => `${when(at, style)}${exact(at)}`;
  const next = `${nextTry(job, style)}${exact(job.nextRetryAt)}`;
  return [
    ["Job", job.id],
    ["Status", colored(job.status, style)],
    ["Retries", `${job.retryCount} of ${style.retries}`],
    ["Next try", job.status === "processing" ? "under way" : next],
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

/** A line an entry; below it what else is known of it. */
function timelineLines(
  timeline: readonly TimelineEntry[],
  job: ShownJob,
  style: StoryStyle,
): string[] {
  const rows = timeline.map((entry) => ({
    at: entry.at === null ? "" : when(entry.at, style),
    kind: entry.kind,
    lines:
      entry.kind === "next"
        ? describeNext(entry, job, style.retries)
        : describePast(entry, style).filter((line) => line !== ""),
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

function wrapped(text: string, indent: number, { width }: StoryStyle): string[] {
  return width === undefined ? [text] : wrapCells(text, Math.max(20, width - indent));
}
