// Prints messages. On a terminal it breaks them at blanks: the terminal itself would break them within words.
// It loads no library, because every command prints messages.
import type { OutputStream } from "./output.ts";
import { columnsOf } from "./terminal-size.ts";

/** @param text complete lines; off a terminal, for programs, each remains one line */
export function say(stream: OutputStream, text: string, hanging = 0): void {
  stream.write(stream.isTTY === true ? brokenAtBlanks(text, columnsOf(stream), hanging) : text);
}

/**
 * Continues an indented line with the same indent.
 * @param hanging how much more the continuation is indented
 */
export function brokenAtBlanks(text: string, width: number, hanging = 0): string {
  return text
    .split("\n")
    .map((line) => (mostCells(line) <= width ? line : breakLine(line, width, hanging)))
    .join("\n");
}

/** A command is copied, so it is never broken: one in backquotes, or up to the end of its phrase. */
const COMMAND = /`[^`]+`|\b(?:family-hub-jobs|fhj) [^()`]*?(?=$| \(|[.,:;]( |$))/g;
const UNBROKEN = "\u0000";

function breakLine(line: string, width: number, hanging: number): string {
  const [indent] = /^ */.exec(line) ?? [""];
  const below = indent + " ".repeat(hanging);
  const words = line
    .slice(indent.length)
    .replace(COMMAND, (command) => command.replaceAll(" ", UNBROKEN))
    .split(" ");
  const [first = "", ...others] = words;
  const lines = [indent + first];
  for (const word of others) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (mostCells(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(below + word);
  }
  return lines.join("\n").replaceAll(UNBROKEN, " ");
}

/** Any character beyond ASCII may take two cells. */
function mostCells(text: string): number {
  return text.replace(/[\u0080-\u{10ffff}]/gu, "..").length;
}
