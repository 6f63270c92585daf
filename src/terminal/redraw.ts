// Draws a text over the previous one, from the top of the terminal, without flicker.
import { cutCells } from "./borderless.ts";
import { columnsOf } from "./terminal-size.ts";

interface Size {
  readonly columns?: number;
  readonly rows?: number;
}

export interface Redraw {
  /** Shows the heading, then as many lines as fit the terminal. */
  show(heading: string, text: string, size: Size): void;
  /** Keeps the last text, with the cursor below it. */
  end(): void;
}

const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** Hides the cursor, and switches off wrapping, so that a long line takes only one line. */
const BEGIN = "\u001b[?25l\u001b[?7l";
/** Also overwrites the ^C that the terminal shows. */
const END = `\r${CLEAR_LINE}\u001b[?7h\u001b[?25h`;

/** Overwrites the screen instead of clearing it, in one write, so that nothing ever disappears. */
export function createRedraw(stdout: { write(text: string): unknown }): Redraw {
  let begun = false;
  return {
    show: (heading, text, size) => {
      const { rows = 0 } = size;
      const high = rows === 0 ? 24 : rows;
      // Earlier output scrolls up, where it can still be found.
      const begin = begun ? "" : BEGIN + "\n".repeat(high);
      begun = true;
      const lines = text.trimEnd().split("\n");
      // One line for the heading, one for the cursor.
      const room = Math.max(1, high - 2);
      const shown =
        lines.length <= room
          ? lines
          : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
      const drawn = [cutCells(heading, columnsOf(size)), ...shown].map(
        (line) => `${line}${CLEAR_LINE}\n`,
      );
      stdout.write(`${begin}${HOME}${drawn.join("")}${CLEAR_BELOW}`);
    },
    end: () => {
      if (begun) stdout.write(END);
    },
  };
}
