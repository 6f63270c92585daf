// How the answers of commands that only read are printed, and what is said beside a page.
import type { Runtime } from "../runtime.ts";
import type { OutputFlags } from "./run-flags.ts";

/** Where paragraphs are wrapped; null off a terminal, for programs that read a line each. */
export function textWidth({ stdout }: Pick<Runtime, "stdout">): number | null {
  if (stdout.isTTY !== true) return null;
  // A terminal that nobody has told its size says 0.
  return Math.min(
    stdout.columns === undefined || stdout.columns === 0 ? 80 : stdout.columns,
    WIDEST_TEXT,
  );
}

const WIDEST_TEXT = 100;

export interface PageFlags<Format extends string> extends OutputFlags {
  readonly output?: Format;
}

export function formatOf<Format extends string>(
  flags: PageFlags<Format>,
): Format | "json" | "table" {
  return flags.json === true ? "json" : (flags.output ?? "table");
}

/** What people are told beside a page; scripts find it in its JSON. */
export function tellPage<Format extends string>(
  { stdout, stderr }: Runtime,
  flags: PageFlags<Format>,
  things: string,
  found: { readonly empty: boolean; readonly nextCursor: string | null },
): void {
  const format: string = formatOf(flags);
  // JSON says it itself; whoever pipes ids into another command must hear of it, too.
  if (format === "json") return;
  const forPeople = format === "table" || format === "wide";
  if (forPeople && found.empty && stdout.isTTY === true) stderr.write(`No ${things} match.\n`);
  if (found.nextCursor !== null && flags.quiet !== true) {
    stderr.write(`More ${things} follow: --cursor ${found.nextCursor}\n`);
  }
}
