// Wraps a paragraph to the width of a terminal.
import stringWidth from "string-width";
import { graphemes } from "./graphemes.ts";

/** What is never broken: each word, or also each `command`. */
export type Unbroken = "words" | "commands";

/**
 * Breaks at blanks, but not within `a command` that fits a line; within a word only if it is longer than a
 * line and contains no ID. cli-table3's own wrapping would cut such words.
 */
export function wrapCells(text: string, width: number, unbroken?: Unbroken): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(text, unbroken === "commands" ? Infinity : width)) {
    for (const part of unbroken !== undefined ? [word] : broken(word, width)) {
      if (line !== "" && stringWidth(line) + 1 + stringWidth(part) > width) {
        lines.push(line);
        line = part;
      } else line = line === "" ? part : `${line} ${part}`;
    }
  }
  return [...lines, line];
}

function wordsOf(text: string, width: number): string[] {
  const [plain = "", ...rest] = text.split("`");
  // An unpaired quote quotes nothing.
  if (rest.length % 2 === 1) return text.split(" ");
  const quoted = rest.map((part, index) =>
    index % 2 === 0 && part.length <= width - 4 ? part.replaceAll(" ", UNBROKEN) : part,
  );
  return [plain, ...quoted]
    .join("`")
    .split(" ")
    .map((word) => word.replaceAll(UNBROKEN, " "));
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/;

const UNBROKEN = "\u0000";
function broken(word: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (stringWidth(rest) > width && !ID.test(rest)) {
    const piece = head(rest, width);
    if (piece === "") break;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

function head(text: string, width: number): string {
  let [taken, room] = ["", width];
  for (const grapheme of graphemes(text)) {
    room -= stringWidth(grapheme);
    if (room < 0) break;
    taken += grapheme;
  }
  return taken;
}
