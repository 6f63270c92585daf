// Reads what is piped in, bounded.
import { UsageError } from "../errors.ts";

const LARGEST_INPUT = 16 << 20;

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_INPUT) throw new UsageError("stdin is longer than 16 MiB.");
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError("stdin is no UTF-8: nothing was done.");
  }
}

/** Without blanks around them; empty ones are left out. */
export async function readLines(stdin: NodeJS.ReadStream): Promise<string[]> {
  return (await readAll(stdin))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The first line without its end; blanks belong to a password. */
export async function readPassword(stdin: NodeJS.ReadStream): Promise<string> {
  const [first = "", ...rest] = (await readAll(stdin)).split(/\r?\n/);
  if (first === "") throw new UsageError("stdin holds no password: pipe one in, as one line.");
  if (rest.some((line) => line !== "")) throw new UsageError("stdin holds more than one line.");
  return first;
}
