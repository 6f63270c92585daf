// What became of each id that a verb was given: a line or an entry each.
import type { DoneById } from "../use-cases/by-id.ts";
import { oneLine } from "../one-line.ts";
import { json } from "./json.ts";

/** @param said such as `canceled`, or `would be canceled` */
export function byIdText({ done, skipped }: DoneById, said: string, quiet: boolean): string {
  const lines = [
    ...(quiet ? [] : done.map((id) => `job/${id} ${said}`)),
    ...skipped.map(({ id, reason }) => `job/${id} skipped: ${oneLine(reason)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** @returns nothing where one line said it all */
export function byIdTotal({ done, skipped }: DoneById, said: string): string {
  if (done.length + skipped.length < 2) return "";
  return `${done.length} ${said}, ${skipped.length} skipped.\n`;
}

export type DoneVerb = "requeued" | "canceled" | "undone";

export function byIdJson({ done, skipped, actionId }: DoneById, verb: DoneVerb): string {
  const plain = skipped.map(({ id, reason }) => ({ id, reason }));
  const action = actionId === undefined ? {} : { actionId };
  return `${json({ [verb]: done, skipped: plain, ...action })}\n`;
}
