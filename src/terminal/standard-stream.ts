// stdout and stderr of this process: each write reports whether all of it was written.
import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { OutputStream } from "./output.ts";

export function standardStream(fd: 1 | 2): OutputStream {
  return isFile(fd) ? fileStream(fd) : nodeStream(fd === 1 ? process.stdout : process.stderr);
}

function isFile(fd: number): boolean {
  const kind = fstatSync(fd);
  return kind.isFile() || (kind.isCharacterDevice() && !isatty(fd));
}

/** Node's own stream for files ignores a short write, as on an almost full disk. */
function fileStream(fd: number): OutputStream {
  let torn = false;
  return {
    write: (text) => {
      // A line that was cut off must not join the next one.
      const bytes = Buffer.from(torn ? `\n${text}` : text);
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(fd, bytes, written);
        torn = false;
      } catch (error) {
        torn ||= written > 0;
        throw error;
      }
    },
  };
}

/** Pipes, sockets and terminals, for which Node reports a failure later. */
function nodeStream(stream: NodeJS.WriteStream): OutputStream {
  // Each write gets its own error; without a listener, this event would end the process.
  stream.on("error", () => undefined);
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    on: (event, listener) => stream.on(event, listener),
    off: (event, listener) => stream.off(event, listener),
    write: (text) =>
      new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => (error instanceof Error ? reject(error) : resolve()));
      }),
  };
}
