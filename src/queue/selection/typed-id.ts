// Reads an ID from the command line: complete, or a unique beginning.
import { ID_FORM, readIdPrefix, type IdRange } from "../../domain/short-id.ts";
import { NotFoundError, UsageError } from "../../errors.ts";

export interface TypedId {
  /** How messages name it, with its line if it came from stdin. */
  readonly named: string;
  readonly range: IdRange;
}

/** What an ID belongs to, as messages call it. */
export type IdOwner = "job" | "action";

const LONGEST_QUOTE = 60;

/**
 * Also accepts `job/ID`, as our own output has it.
 * @param line of stdin; null for an argument
 * @throws UsageError if it is not the beginning of a UUID
 */
export function readTypedId(text: string, owner: IdOwner, line: number | null = null): TypedId {
  const id = text.replace(/^job\//, "");
  const range = readIdPrefix(id);
  if (range !== null) {
    return { named: line === null ? quoted(id) : `${quoted(id)} (line ${line} of stdin)`, range };
  }
  const where = line === null ? "An argument" : `Line ${line} of stdin`;
  throw new UsageError(
    `${where} is not a valid ${owner} ID: ${quoted(id)}. It must be ${ID_FORM}, as ${SHOWN_BY[owner]}.`,
  );
}

const SHOWN_BY: Readonly<Record<IdOwner, string>> = {
  job: "`queue list` shows it",
  action: "`queue requeue` and `queue show` print it",
};

export function quoted(text: string): string {
  return `"${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}"`;
}

/** How many candidates of an ambiguous ID to list; one more shows that there are more. */
const MOST_NAMED = 10;
export const MOST_CANDIDATES = MOST_NAMED + 1;

/** @throws UsageError that lists all candidates, one a line */
export function refuseAmbiguous(named: string, candidates: readonly string[], hint: string): never {
  const more = candidates.length > MOST_NAMED ? ["and others"] : [];
  throw new UsageError(
    [
      `${named} is ambiguous, and nothing was done. It could be:`,
      ...[...candidates.slice(0, MOST_NAMED), ...more].map((line) => `  ${line}`),
      hint,
    ].join("\n"),
  );
}

/** @throws NotFoundError */
export function refuseUnknown(named: string, owner: IdOwner): never {
  throw new NotFoundError(
    `No ${owner} has an ID that begins with ${named}, and nothing was done: ${FIND[owner]}.`,
  );
}

const FIND: Readonly<Record<IdOwner, string>> = {
  job: "`queue list` shows the jobs",
  action: "`queue undo --list` lists the last requeues",
};
