// How many cells of a terminal a text takes, and how it is cut or broken to fit fewer of them.
import stringWidth from "string-width";

export function cellWidth(text: string): number {
  return stringWidth(text);
}

const ELLIPSIS = "…";
const segmenter = new Intl.Segmenter();

/** Between whole characters as people see them: an accent stays with its letter. */
export function cutCells(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  return `${head(text, width - 1).trimEnd()}${ELLIPSIS}`;
}

/** A number that is cut would be another number, so a list ends after one of its commas. */
export function cutList(list: string, width: number): string {
  if (cellWidth(list) <= width) return list;
  const items = list.split(", ");
  while (items.length > 0 && cellWidth(`${items.join(", ")}, ${ELLIPSIS}`) > width) items.pop();
  return [...items, ELLIPSIS].join(", ");
}

/**
 * At blanks, but not within `a command`.
 * @param breakable whether a word that is longer than a line is broken; one that holds an id never is
 */
export function wrapCells(text: string, width: number, breakable = true): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(text, width)) {
    for (const part of breakable ? broken(word, width) : [word]) {
      if (line !== "" && cellWidth(line) + 1 + cellWidth(part) > width) {
        lines.push(line);
        line = part;
      } else line = line === "" ? part : `${line} ${part}`;
    }
  }
  return [...lines, line];
}

function wordsOf(text: string, width: number): string[] {
  const [plain = "", ...rest] = text.split("`");
  // Without its partner, a quote quotes nothing.
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
  while (cellWidth(rest) > width && !ID.test(rest)) {
    const piece = head(rest, width);
    if (piece === "") break;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

function head(text: string, width: number): string {
  let [taken, room] = ["", width];
  for (const { segment } of segmenter.segment(text)) {
    room -= cellWidth(segment);
    if (room < 0) break;
    taken += segment;
  }
  return taken;
}
