// One line on stderr with the progress of a run, redrawn in place.
import { span } from "../domain/when.ts";
import type { Progress } from "./progress-count.ts";
import { columnsOf } from "./terminal-size.ts";
import { fitColumns, uncut } from "./fit-columns.ts";

interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressLine {
  show(progress: Progress): void;
  /** For other output to the terminal: the line is removed and drawn again below it. */
  readonly output: Terminal;
  /** The same for output to another stream on the terminal. */
  aside(print: () => void): void;
  /** Removes the line. */
  end(): void;
}

const REDRAW_MS = 100;
const CLEAR = "\r\u001b[K";

/** @param nowMs a clock that is never set */
export function createProgressLine(
  command: string,
  terminal: Terminal,
  nowMs: () => number,
): ProgressLine {
  const startMs = nowMs();
  let last: Progress | null = null;
  let drawnMs = -Infinity;
  let later: NodeJS.Timeout | null = null;

  const draw = () => {
    drawnMs = nowMs();
    if (later !== null) clearTimeout(later);
    later = null;
    if (last === null) return;
    // Some terminals break a line that is as wide as they are.
    const width = columnsOf(terminal) - 1;
    terminal.write(CLEAR + progressText(command, last, nowMs() - startMs, width));
  };
  return {
    show: (progress) => {
      if (progress.done === 0 && progress.total === 0) return;
      last = progress;
      const waitMs = drawnMs + REDRAW_MS - nowMs();
      if (waitMs <= 0) draw();
      // The timer does not keep the process alive: an ended run needs no line.
      else later ??= setTimeout(draw, waitMs).unref();
    },
    output: {
      isTTY: terminal.isTTY === true,
      get columns() {
        return columnsOf(terminal);
      },
      write: (text) => {
        terminal.write(last === null ? text : CLEAR + text);
        draw();
      },
    },
    aside: (print) => {
      if (last !== null) terminal.write(CLEAR);
      print();
      draw();
    },
    end: () => {
      if (later !== null) clearTimeout(later);
      if (last !== null) terminal.write(CLEAR);
      last = null;
    },
  };
}

const GAP = 2;
const BAR_CELLS = 20;
/** Before that, a rate describes the start rather than the run. */
const SETTLED_MS = 1000;

/** As much as fits: first the progress, then the time left, the speed and the results. */
export function progressText(
  command: string,
  { done, total, counts }: Progress,
  elapsedMs: number,
  width: number,
): string {
  const perSecond = elapsedMs < SETTLED_MS ? 0 : (done * 1000) / elapsedMs;
  const left = total === null || perSecond === 0 ? null : Math.max(0, total - done) / perSecond;
  const outcomes = Object.entries(counts).filter(([, count]) => count > 0);
  const parts = [
    { rank: 4, text: command },
    { rank: 5, text: total === null ? "" : bar(done, total) },
    { rank: 0, text: total === null ? grouped(done) : `${grouped(done)}/${grouped(total)}` },
    { rank: 2, text: perSecond === 0 ? "" : `${rate(perSecond)}/s` },
    { rank: 1, text: left === null ? "" : `${span(left * 1000)} left` },
    { rank: 3, text: outcomes.map(([name, count]) => `${name} ${grouped(count)}`).join(", ") },
  ].filter(({ text }) => text !== "");
  const needs = parts.map(({ rank, text: { length } }) => uncut(length, rank));
  const fitted = fitColumns(needs, width, GAP);
  const shown = parts.filter((_, index) => fitted[index] !== null);
  return shown.map(({ text }) => text).join(" ".repeat(GAP));
}

function bar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * BAR_CELLS);
  return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1);
}

function grouped(n: number): string {
  return n.toLocaleString("en-US");
}
