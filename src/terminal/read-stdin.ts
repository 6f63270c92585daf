// Reads piped input: a password as a whole, lists of any length line by line.
import { UsageError } from "../errors.ts";

/** More than any password. */
const LARGEST_INPUT = 1 << 20;
/** Longer than any line of a list: a line without an end would fill the memory. */
const LONGEST_LINE = 1 << 16;

export interface Line {
  /** Counted from 1, including empty lines, as in editors. */
  readonly number: number;
  /** Without blanks around it. */
  readonly text: string;
}

/**
 * Lines that are not blank, as they arrive.
 * @throws UsageError if the input is not UTF-8
 */
export async function* readLines(stdin: NodeJS.ReadStream): AsyncGenerator<Line> {
  let number = 0;
  let rest = "";
  for await (const text of readText(stdin)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) {
      throw new UsageError(`Line ${number + lines.length + 1} of stdin is longer than 64 KiB.`);
    }
    for (const line of lines) {
      number += 1;
      if (line.trim() !== "") yield { number, text: line.trim() };
    }
  }
  if (rest.trim() !== "") yield { number: number + 1, text: rest.trim() };
}

async function* readText(stdin: NodeJS.ReadStream): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new UsageError("stdin is not UTF-8 text: nothing was done.");
    }
  };
  for await (const chunk of stdin as AsyncIterable<Buffer>) yield decode(chunk);
  yield decode();
}

/** The first line without its line end; blanks belong to a password. */
export async function readPassword(stdin: NodeJS.ReadStream): Promise<string> {
  let text = "";
  for await (const more of readText(stdin)) {
    text += more;
    if (text.length > LARGEST_INPUT) throw new UsageError("stdin is longer than 1 MiB.");
  }
  const [first = "", ...rest] = text.split(/\r?\n/);
  if (first === "") throw new UsageError("stdin contains no password: pipe one in, as one line.");
  if (rest.some((line) => line !== "")) throw new UsageError("stdin contains more than one line.");
  return first;
}
