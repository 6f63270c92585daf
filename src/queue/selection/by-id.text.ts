// The result for each ID of an operator's action, as lines or JSON, in chunks.
import type { DoneById, Skip } from "./by-id.ts";
import type { RefusedRows } from "../../runs/refused-rows.ts";
import { oneLine } from "../../one-line.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { json } from "../../terminal/json.ts";

/** If more jobs are skipped for the same reason, they get one line, unless -v is given. */
const LISTED_FOR_A_REASON = 5;

/** @param said such as `canceled`, or `would be canceled` */
export function* byIdText(
  { done, skipped }: DoneById,
  said: string,
  { quiet, verbose }: OutputFlags,
): Generator<string> {
  if (quiet !== true) yield* joined(done, "", (id) => `job/${id} ${said}\n`);
  const most = verbose === true ? Infinity : LISTED_FOR_A_REASON;
  const grouped = skipped.counts().filter(({ jobs }) => jobs > most);
  const reasons = new Set(grouped.map(({ reason }) => reason));
  yield* joined(skipped, "", ({ id, reason }) =>
    reasons.has(reason) ? "" : `job/${id} skipped: ${oneLine(reason)}\n`,
  );
  for (const { reason, jobs } of grouped) {
    yield `${jobs.toLocaleString("en-US")} skipped: ${oneLine(reason)} (-v lists them)\n`;
  }
}

/** @returns nothing if one line already contained everything */
export function byIdTotal({ done, skipped, refused }: DoneById, said: string): string {
  if (done.length + skipped.length + refused.refusedCount < 2) return "";
  const others = refused.refusedCount === 0 ? "" : `, ${refused.refusedCount} refused`;
  return `${done.length} ${said}, ${skipped.length} skipped${others}.\n`;
}

/** The last line after a change: how to undo it. */
export function undoText(verb: DoneVerb, { done, actionId }: DoneById): string {
  if (done.length === 0) return "";
  switch (verb) {
    case "requeued":
      return actionId === undefined
        ? ""
        : `To undo: fhj queue undo ${actionId} (jobs that have already run are not affected)\n`;
    case "canceled":
      return "This cannot be undone: the passwords are erased. To create an account anyway: family-hub-jobs queue add\n";
    case "undone":
      return "To retry them anyway: family-hub-jobs queue requeue ID\n";
    default:
      return verb satisfies never;
  }
}

export type DoneVerb = "requeued" | "canceled" | "undone";

/** One JSON object in chunks: for tens of millions of jobs it does not fit into a string. */
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

/** Omitted if there are none, which is the usual case. */
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
