// How one value looks in a text for people: times, statuses, and text from other people.
import chalk from "chalk";
import { INFINITY, isEndless, MINUS_INFINITY } from "../domain/endless.ts";
import { shortId, ALL_DIGITS } from "../domain/short-id.ts";
import { span } from "../domain/when.ts";
import { oneLine } from "../one-line.ts";
import { columnsOf } from "./terminal-size.ts";

export interface TextStyle {
  readonly terminal: boolean;
  readonly color: boolean;
  readonly now: Date;
  /** Width of the terminal in cells; absent if the output is not a terminal: then nothing is cut. */
  readonly width?: number;
  /** Digits that make an ID unique; absent if IDs are shown in full. */
  readonly idDigits?: number;
}

export function textStyle(
  stdout: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
  now: Date,
): TextStyle {
  const terminal = stdout.isTTY === true;
  const color = terminal && (env["NO_COLOR"] ?? "") === "";
  return { terminal, color, now, ...(terminal && { width: columnsOf(stdout) }) };
}

export const NONE = "<none>";

export function idCell(id: string, { idDigits = ALL_DIGITS }: TextStyle): string {
  return shortId(id, idDigits);
}

/** Highlights the search text, in any case. */
export function highlighted(text: string, search: string | null, { color }: TextStyle): string {
  if (!color || search === null || search === "") return text;
  const found = new RegExp(search.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  return text.replace(found, (part) => chalk.yellow(part));
}

/** Relative on a terminal, where it is read at once; absolute everywhere else. */
function time(at: Date | null, style: TextStyle): string {
  if (at === null) return NONE;
  if (isEndless(at)) return at === INFINITY ? "never" : "-infinity";
  if (!style.terminal) return at.toISOString();
  const aheadMs = at.getTime() - style.now.getTime();
  return Math.round(aheadMs / 1000) > 0 ? `in ${span(aheadMs)}` : span(-aheadMs);
}

/** The column of ages: `-o wide` shows the time itself, as in tickets. */
export function whenItBegan(head: string, wide: boolean, style: TextStyle) {
  if (!style.terminal) return { head, cell: (at: Date) => time(at, style) };
  if (!wide) return { head: "AGE", cell: (at: Date) => time(at, style) };
  const toSeconds = (text: string) => text.replace(/\.\d+Z$/, "Z");
  return { head, cell: (at: Date) => toSeconds(time(at, { ...style, terminal: false })) };
}

/** The same within a sentence. */
export function when(at: Date | null, style: TextStyle): string {
  const text = time(at, style);
  const past = style.terminal && at !== null && !isEndless(at) && !text.startsWith("in ");
  return past ? `${text} ago` : text;
}

/** A waiting job at -infinity is due now. */
export function nextTry(
  { status, nextRetryAt }: { readonly status: string; readonly nextRetryAt: Date | null },
  style: TextStyle,
): string {
  const waits = status === "pending" || status === "failed";
  return waits && nextRetryAt === MINUS_INFINITY ? "due" : when(nextRetryAt, style);
}

export function colored(status: string, style: TextStyle): string {
  if (!style.color) return oneLine(status);
  if (status === "completed") return chalk.green(status);
  if (status === "failed") return chalk.red(status);
  if (status === "processing") return chalk.cyan(status);
  return status === "pending" ? status : chalk.yellow(oneLine(status));
}
