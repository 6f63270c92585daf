// The last line of a purge: what it deleted, for readers who see only the end of a mail.
import type { RunReport } from "../runs/run.ts";
import { numbersOf } from "../runs/run-frame.ts";

/** The names of the counts for people. */
const DELETED = { deleted: null, attempts: "attempt", runs: "run" } as const;

/** @returns null if nothing was purged */
export function purgedText({ command, counts }: RunReport<object>): string | null {
  const numbers = numbersOf(counts);
  const row = command === "purge-invitations" ? "invitation" : "job";
  const deleted = Object.entries(DELETED).flatMap(([name, thing]) =>
    things(numbers[name], thing ?? row),
  );
  const erased = things(numbers["erased"], "password").map((text) => `erased ${text}`);
  const done = [...(deleted.length === 0 ? [] : [`deleted ${listed(deleted)}`]), ...erased];
  if (done.length === 0) return null;
  const text = done.join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}. This cannot be undone.`;
}

function things(count: number | undefined, thing: string): string[] {
  if (count === undefined || count === 0) return [];
  return [`${count.toLocaleString("en-US")} ${thing}${count === 1 ? "" : "s"}`];
}

function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
