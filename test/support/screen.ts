// A terminal's screen as text: what an emulator makes of the bytes that a program wrote.
import { Terminal, type IBufferCell, type IBufferLine } from "@xterm/headless";

/** Of the eight that every terminal has; null is the terminal's own. */
const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** Neighbouring cells of one colour, with no gap of two blanks between them. */
export interface Stretch {
  readonly column: number;
  readonly text: string;
  /** As `colorOf` has it. */
  readonly color: string | null;
}

export interface Screen {
  /** Resolves when the bytes stand on the screen. */
  write(bytes: Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  /** What can be seen now: a line each, without blanks at the ends. */
  seen(): string;
  /** The same, with what has scrolled away above. */
  all(): string;
  /** The colour in which the words stand, where they first stand. @throws when they do not */
  colorOf(words: string): string | null;
  /** What `all` shows, a list of stretches for each line. */
  stretches(): Stretch[][];
  /** Whether a line was wider than the terminal, which then broke it. */
  overflows(): boolean;
  cursorHidden(): boolean;
  /** Whether a line that is too long continues in the next one. */
  wraps(): boolean;
}

export function createScreen(columns: number, rows: number): Screen {
  const terminal = new Terminal({
    ...{ cols: columns, rows, scrollback: 5000, allowProposedApi: true },
  });
  let hidden = false;
  for (const [final, hides] of [["h", false] as const, ["l", true] as const]) {
    terminal.parser.registerCsiHandler({ prefix: "?", final }, (params) => {
      if (params[0] === 25) hidden = hides;
      return false;
    });
  }
  const { buffer } = terminal;
  const linesFrom = (first: number) => {
    const lines: string[] = [];
    for (let y = first; y < buffer.active.length; y += 1) {
      lines.push((buffer.active.getLine(y)?.translateToString(true) ?? "").trimEnd());
    }
    return lines.join("\n").trimEnd();
  };
  return {
    write: (bytes) => new Promise((resolve) => terminal.write(bytes, resolve)),
    resize: (to, high) => terminal.resize(to, high),
    seen: () => linesFrom(buffer.active.baseY),
    all: () => linesFrom(0),
    colorOf: (words) => {
      for (let y = 0; y < buffer.active.length; y += 1) {
        const line = buffer.active.getLine(y);
        const at = line?.translateToString().indexOf(words) ?? -1;
        const cell = at < 0 ? undefined : line?.getCell(at);
        if (cell !== undefined) return foreground(cell);
      }
      throw new Error(`"${words}" is not on the screen:\n${linesFrom(0)}`);
    },
    stretches: () =>
      linesFrom(0)
        .split("\n")
        .map((text, y) => stretchesOf(text, buffer.active.getLine(y))),
    overflows: () => {
      const lines = Array.from({ length: buffer.active.length }, (_, y) => y);
      return lines.some((y) => buffer.active.getLine(y)?.isWrapped === true);
    },
    cursorHidden: () => hidden,
    wraps: () => terminal.modes.wraparoundMode,
  };
}

function foreground(cell: IBufferCell): string | null {
  return cell.isFgDefault() ? null : (COLORS[cell.getFgColor()] ?? "");
}

/** @param text of cells that are each as wide as one character */
function stretchesOf(text: string, line: IBufferLine | undefined): Stretch[] {
  return [...text.matchAll(/\S+( \S+)*/g)].flatMap(({ index, 0: words }) => {
    const stretches: { column: number; text: string; color: string | null }[] = [];
    for (const [offset, character] of [...words].entries()) {
      const cell = line?.getCell(index + offset);
      const color = cell === undefined ? null : foreground(cell);
      const last = stretches.at(-1);
      if (last?.color === color) last.text += character;
      else stretches.push({ column: index + offset, text: character, color });
    }
    return stretches;
  });
}
