// Draws a text over the one before it, from the top of the terminal, without a flicker.
import { cutCells } from "./borderless.ts";
import { columnsOf } from "./terminal-size.ts";

interface Size {
  readonly columns?: number;
  readonly rows?: number;
}

export interface Redraw {
  /** One line, then as many as the terminal is high enough for. */
  show(heading: string, text: string, size: Size): void;
  /** Leaves the last text standing, with the cursor below it. */
  end(): void;
}

const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** No cursor that jumps about; and a line that is too long must not take the place of two. */
const BEGIN = "\u001b[?25l\u001b[?7l";
/** Over the ^C that the terminal shows when somebody types it. */
const END = `\r${CLEAR_LINE}\u001b[?7h\u001b[?25h`;

/** The screen is not cleared but written over, in one piece: so nothing is ever seen to be gone. */
export function createRedraw(stdout: { write(text: string): unknown }): Redraw {
  let begun = false;
  return {
    show: (heading, text, size) => {
      const { rows = 0 } = size;
      const high = rows === 0 ? 24 : rows;
      // What stood there scrolls away upwards, where it can be found again.
      const begin = begun ? "" : BEGIN + "\n".repeat(high);
      begun = true;
      const lines = text.trimEnd().split("\n");
      // One for the heading, one where the cursor stands.
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
