// Output that never throws: lost lines are counted and can be explained.
import { getSystemErrorMap } from "node:util";

/** A failed write throws, or returns a promise that rejects. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** 0 also if it is unknown. */
  readonly columns?: number;
  readonly rows?: number;
  /** Only on a terminal. */
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

export interface Lost {
  /** Lost lines, including those whose reader had closed. */
  readonly lines: number;
  /** The system's reason for the last failure; null if only a reader closed, which is no error. */
  readonly fault: string | null;
}

/** An output stream whose `write` never throws. */
export interface Output extends OutputStream {
  readonly lost: Lost;
  /** Aborted when the first line is lost. */
  readonly failed: AbortSignal;
  /** Resolves when everything printed so far was written or lost. */
  settled(): Promise<Lost>;
}

export function createOutput(stream: OutputStream): Output {
  const failed = new AbortController();
  let lost: Lost = { lines: 0, fault: null };
  let last: Promise<void> | null = null;
  const lose = (text: string, error: unknown) => {
    lost = { lines: lost.lines + linesOf(text), fault: faultOf(error) ?? lost.fault };
    failed.abort();
  };
  return {
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 0;
    },
    get rows() {
      return stream.rows ?? 0;
    },
    on: (event, listener) => stream.on?.(event, listener),
    off: (event, listener) => stream.off?.(event, listener),
    get lost() {
      return lost;
    },
    failed: failed.signal,
    write: (text) => {
      if (text === "") return;
      try {
        const taken = stream.write(text);
        if (!(taken instanceof Promise)) return;
        last = taken.then(
          () => undefined,
          (error: unknown) => lose(text, error),
        );
      } catch (error) {
        lose(text, error);
      }
    },
    settled: async () => {
      // Streams write in order: the last write settles after all others.
      await last;
      return lost;
    },
  };
}

function linesOf(text: string): number {
  return Math.max(1, text.split("\n").length - 1);
}

/** A reader that stopped reading, such as `head`, or journald while it restarts. */
const READER_LEFT = ["EPIPE", "ECONNRESET"];

function faultOf(error: unknown): string | null {
  const { code = "unknown error", errno = 0 } = Object(error) as NodeJS.ErrnoException;
  if (READER_LEFT.includes(code)) return null;
  const meaning = getSystemErrorMap().get(errno)?.[1];
  return meaning === undefined ? code : `${meaning} (${code})`;
}

/** Such as `12 lines could not be written to stderr: no space left on device (ENOSPC)`. */
export function lossText(name: string, { lines, fault }: Lost): string {
  const what = lines === 1 ? "1 line" : `${lines} lines`;
  return `${what} could not be written to ${name}: ${fault ?? "its reader closed it"}`;
}
