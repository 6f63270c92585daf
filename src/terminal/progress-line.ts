// One line on stderr that says how far a run has come, redrawn in place.
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
  /** For everybody else who writes to the terminal meanwhile: the line makes way and comes back. */
  readonly beside: Terminal;
  /** The same for what is printed elsewhere on the terminal. */
  aside(print: () => void): void;
  /** Leaves nothing behind. */
  end(): void;
}

const REDRAW_MS = 100;
const CLEAR = "\r\u001b[K";

/** @param nowMs of a clock that is never set */
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
    // A line as wide as the terminal would be broken by some of them.
    const width = columnsOf(terminal) - 1;
    terminal.write(CLEAR + progressText(command, last, nowMs() - startMs, width));
  };
  return {
    show: (progress) => {
      if (progress.done === 0 && progress.total === 0) return;
      last = progress;
      const waitMs = drawnMs + REDRAW_MS - nowMs();
      if (waitMs <= 0) draw();
      // It keeps no process: a run that is over needs no line.
      else later ??= setTimeout(draw, waitMs).unref();
    },
    beside: {
      isTTY: terminal.isTTY === true,
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
/** Before that, a rate says more about the start than about the run. */
const SETTLED_MS = 1000;

/** As much as fits: how far first, then how long it will take, how fast, what became of it. */
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
