// The text of one entry in a job's timeline.
import type { TimelineEntry } from "./show.ts";
import { when, type TextStyle } from "../../terminal/cells.ts";

export interface HistoryStyle extends TextStyle {
  /** The number of RETRY_DELAYS. */
  readonly retries: number;
}

type Past = Exclude<TimelineEntry, { kind: "next" }>;
type Entry<Kind extends Past["kind"]> = Extract<Past, { kind: Kind }>;

/** One line, and the details below it. */
export function describePast(entry: Past, style: HistoryStyle): string[] {
  switch (entry.kind) {
    case "created":
      return [`by user ${entry.createdByUserId}`];
    case "attempt":
      return [resultOf(entry, style), entry.message ?? "", sourceOf(entry)];
    case "action":
      return [
        actionText(entry),
        changesOf(entry, style),
        entry.actionId === null ? "" : `action ${entry.actionId}`,
      ];
    case "event":
      return [`${shortType(entry.type)} in the outbox, ${deliveryOf(entry, style)}`];
    case "lease":
      return holderOf(entry, style);
    default:
      return entry satisfies never;
  }
}

function resultOf(attempt: Entry<"attempt">, style: HistoryStyle): string {
  const { outcome, errorCode, retryCount } = attempt;
  switch (outcome) {
    case "created":
      return "account created";
    case "adopted":
      return "account adopted: an earlier attempt had created it";
    case "retried":
      return `${errorCode}: to be tried again, retry ${retryCount} of ${style.retries}`;
    case "failed":
      return `${errorCode}: failed permanently`;
    case "deferred":
      return `${errorCode}: postponed, no retry used up`;
    default:
      return outcome satisfies never;
  }
}

function sourceOf(attempt: Entry<"attempt">): string {
  const { grpcCode, zitadelErrorId, durationMs, runId, traceparent } = attempt;
  return [
    ...(grpcCode === null ? [] : [`gRPC code ${grpcCode}`]),
    ...(zitadelErrorId === null ? [] : [`Zitadel error ${zitadelErrorId}`]),
    // A dead run could not record how long it took.
    ...(durationMs === 0 ? [] : [`took ${durationMs} ms`]),
    `run ${runId}`,
    ...(traceparent === null ? [] : [`trace ${traceparent.split("-")[1]}`]),
  ].join(", ");
}

function actionText({ verb, actor, reason }: Entry<"action">): string {
  return `${verb} by ${actor}${reason === null ? "" : `: ${reason}`}`;
}

const NAMES: Readonly<Record<string, string>> = {
  retryCount: "retries",
  nextRetryAt: "next try",
  lastErrorCode: "error",
};

/** The differences; without the state before, all of the state after. */
function changesOf({ at, before, after }: Entry<"action">, style: HistoryStyle): string {
  const text = (value: unknown) => valueText(value, at, style);
  return Object.entries(after ?? {})
    .filter(([key, value]) => before === null || text(before[key]) !== text(value))
    .map(([key, value]) => {
      const was = before === null ? "" : `${text(before[key])} -> `;
      return `${NAMES[key] ?? key} ${was}${text(value)}`;
    })
    .join(", ");
}

/** @param at when the action was done */
function valueText(value: unknown, at: Date, style: HistoryStyle): string {
  if (value === null || value === undefined) return "none";
  if (typeof value !== "string") return JSON.stringify(value);
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) return value;
  const moment = new Date(value);
  return moment.getTime() === at.getTime() ? "at once" : when(moment, style);
}

function shortType(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

function deliveryOf({ status, processedAt }: Entry<"event">, style: HistoryStyle): string {
  if (status === "failed") return "which FamilyHub failed to publish";
  if (status === "pending") return "not published yet";
  return processedAt === null ? "published" : `published ${when(processedAt, style)}`;
}

function holderOf(lease: Entry<"lease">, style: HistoryStyle): string[] {
  const { runId, command, host, pid, expiresAt } = lease;
  const over = expiresAt !== null && expiresAt <= style.now;
  const end = `${over ? "ended" : "ends"} ${when(expiresAt, style)}`;
  if (runId === null) return [`no run of this tool holds it; RETRY_LEASE ${end}`];
  return [
    `run ${runId} ${over ? "held" : "holds"} it; its lease ${end}`,
    host === null ? "" : `${command} on ${host}, pid ${pid}`,
  ];
}
