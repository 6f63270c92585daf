// What became of each id that a verb was given: a line or an entry each, some at a time.
import type { DoneById, Skip } from "./by-id.ts";
import type { RefusedRows } from "../../runs/refused-rows.ts";
import { oneLine } from "../../one-line.ts";
import { json } from "../../terminal/json.ts";

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
export function byIdTotal({ done, skipped, refused }: DoneById, said: string): string {
  if (done.length + skipped.length + refused.refusedCount < 2) return "";
  const others = refused.refusedCount === 0 ? "" : `, ${refused.refusedCount} refused`;
  return `${done.length} ${said}, ${skipped.length} skipped${others}.\n`;
}

export type DoneVerb = "requeued" | "canceled" | "undone";

/** One object, whose text no string would hold for tens of millions of jobs. */
export function* byIdJson(
  { done, skipped, refused, actionId }: DoneById,
  verb: DoneVerb,
): Generator<string> {
  yield `{"${verb}":[`;
  yield* joined(done, ",", (id) => `"${id}"`);
  yield '],"skipped":[';
  yield* joined(skipped, ",", ({ id, reason }: Skip) => json({ id, reason }));
  const rest = json({ ...anyRefused(refused), ...(actionId !== undefined && { actionId }) });
  yield rest === "{}" ? "]}\n" : `],${rest.slice(1)}\n`;
}

/** Left away where there are none, which is nearly always. */
export function anyRefused({ refused, refusedCount }: RefusedRows): Partial<RefusedRows> {
  return refusedCount === 0 ? {} : { refused, refusedCount };
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
