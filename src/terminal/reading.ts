// Prints the results of read-only commands, and the notes below a page.
import { nextPageCommand } from "./next-page.ts";
import { wrapCells } from "./wrap.ts";
import { columnsOf } from "./terminal-size.ts";
import type { OutputStream } from "./output.ts";
import type { DrawnTable } from "./drawn-table.ts";
import { oneLine } from "../one-line.ts";
import type { Runtime } from "../runtime.ts";
import type { MatchCount } from "../domain/match-count.ts";
import type { OutputFlags } from "./output-flags.ts";
import { say } from "./say.ts";

export interface PageFlags<Format extends string> extends OutputFlags {
  readonly output?: Format;
}

export function formatOf<Format extends string>(
  flags: PageFlags<Format>,
): Format | "json" | "table" {
  return flags.json === true ? "json" : (flags.output ?? "table");
}

/** Prints the result, and on stderr which columns did not fit. */
export function print(
  { stdout, stderr }: Runtime,
  { quiet }: OutputFlags,
  { text, leftOut }: DrawnTable,
): void {
  stdout.write(text);
  if (leftOut.length === 0 || quiet === true) return;
  stderr.write(noteText(leftOutText(leftOut), stdout));
}

/** Wrapped at the width of the terminal that shows the result. */
export function noteText(text: string, stdout: OutputStream): string {
  const width = stdout.isTTY === true ? columnsOf(stdout) : null;
  const lines = width === null ? [text] : wrapCells(text, width);
  return lines.map((line) => `${line}\n`).join("");
}

function leftOutText(leftOut: readonly string[]): string {
  return `No room for ${leftOut.join(", ")}: -o wide shows all.`;
}

export interface FoundPage {
  /** The number of rows on this page. */
  readonly shown: number;
  readonly nextCursor: string | null;
  /** For all pages; null if they were not counted. */
  readonly matching: MatchCount | null;
}

/** Notes for people below a page; scripts find the same in its JSON. */
export function printPageNotes<Format extends string>(
  { stdout, stderr, typed }: Runtime,
  flags: PageFlags<Format> & { readonly error?: string[] },
  things: string,
  found: FoundPage,
): void {
  const format = formatOf(flags);
  // JSON contains it; in the other formats, IDs may be piped to a command, so print it.
  if (format === "json") return;
  if (isForPeople(format) && found.shown === 0 && stdout.isTTY === true) {
    say(stderr, noneText(things, flags));
  }
  const { matching, nextCursor } = found;
  if (nextCursor === null || flags.quiet === true) return;
  const part =
    matching === null ? `More ${things} follow` : partText(things, found.shown, matching);
  stderr.write(`${part}. Next page:\n  ${nextPageCommand(typed, nextCursor)}\n`);
}

/** A fingerprint may be mistyped, or its jobs may have completed. */
export function noneText(things: string, { error }: { readonly error?: string[] }): string {
  const causes = (error ?? []).filter((text) => text.includes("/")).map(oneLine);
  const hint = `\`queue errors\` lists the causes that jobs have; none is ${causes.join(", ")}.\n`;
  return `No ${things} match.\n${causes.length === 0 ? "" : hint}`;
}

/** The same for a page that is shown repeatedly. */
export function notesOf(
  things: string,
  { shown, nextCursor, matching }: FoundPage,
  leftOut: readonly string[],
): string[] {
  if (shown === 0) return [`no ${things} match`];
  const more = matching === null ? `more ${things} follow` : partText(things, shown, matching);
  return [
    ...(nextCursor === null ? [] : [more]),
    ...(leftOut.length === 0 ? [] : [leftOutText(leftOut)]),
  ];
}

/** Whether IDs may be short: in tables for people they are, in piped output never. */
export function shortensIds<Format extends string>(
  { stdout }: Runtime,
  flags: PageFlags<Format>,
): boolean {
  return stdout.isTTY === true && formatOf(flags) === "table";
}

/** Whether the footer of a page needs the total number. */
export function needsCount<Format extends string>(
  { stdout }: Runtime,
  flags: PageFlags<Format>,
  nextCursor: string | null,
): boolean {
  const read = flags.quiet !== true && stdout.isTTY === true && isForPeople(formatOf(flags));
  return read && nextCursor !== null;
}

function partText(things: string, shown: number, { count, capped }: MatchCount): string {
  return `${shown} of ${count.toLocaleString("en-US")}${capped ? "+" : ""} ${things}`;
}

export function isForPeople(format: string): boolean {
  return format === "table" || format === "wide";
}
