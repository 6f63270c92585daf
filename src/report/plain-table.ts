// Tables as kubectl draws them: columns without borders, one line a row.
import Table from "cli-table3";

export const NONE = "<none>";

const NO_BORDERS = {
  top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "",
  "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "",
  right: "", "right-mid": "", middle: "",
}; // prettier-ignore

export function plainTable(head: string[], rows: readonly string[][]): string {
  const drawn = new Table({
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 2, head: [], border: [] },
    head,
  });
  drawn.push(...rows);
  return `${drawn.toString().replace(/ +$/gm, "")}\n`;
}

/** Names come from people: no character of theirs may move the cursor or turn the line around. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ");
}
