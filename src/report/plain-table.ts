// Tables as kubectl draws them: columns without borders, one line a row.
import Table from "cli-table3";

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
