// What became of each id that a verb was given: a line or an entry each, some at a time.
import type { DoneById, Skip } from "../use-cases/by-id.ts";
import { oneLine } from "../one-line.ts";
import { json } from "./json.ts";

/** @param said such as `canceled`, or `would be canceled` */
export function* byIdText(
  { done, skipped }: DoneById,
  said: string,
  quiet: boolean,
): Generator<string> {
  if (!quiet) yield* joined(done, "", (id) => `job/${id} ${said}\n`);
  yield* joined(skipped, "", ({ id, reason }) => `job/${id} skipped: ${oneLine(reason)}\n`);
}

/** @returns nothing where one line said it all */
export function byIdTotal({ done, skipped }: DoneById, said: string): string {
  if (done.length + skipped.length < 2) return "";
  return `${done.length} ${said}, ${skipped.length} skipped.\n`;
}

export type DoneVerb = "requeued" | "canceled" | "undone";

/** One object, whose text no string would hold for tens of millions of jobs. */
export function* byIdJson(
  { done, skipped, actionId }: DoneById,
  verb: DoneVerb,
): Generator<string> {
  yield `{"${verb}":[`;
  yield* joined(done, ",", (id) => `"${id}"`);
  yield '],"skipped":[';
  yield* joined(skipped, ",", ({ id, reason }: Skip) => json({ id, reason }));
  yield actionId === undefined ? "]}\n" : `],"actionId":"${actionId}"}\n`;
}

const AT_A_TIME = 1000;

function* joined<T>(
  things: Iterable<T>,
  separator: string,
  write: (thing: T) => string,
): Generator<string> {
  let texts: string[] = [];
  for (const thing of things) {
    if (texts.length === AT_A_TIME) {
      yield texts.join(separator) + separator;
      texts = [];
    }
    texts.push(write(thing));
  }
  yield texts.join(separator);
}
