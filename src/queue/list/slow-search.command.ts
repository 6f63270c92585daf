// Explains on a terminal why a search takes long: without an index it reads every job.
import type { Runtime } from "../../runtime.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { noteText } from "../../terminal/reading.ts";

const LONG_MS = 2000;

/** An index of trigrams finds nothing shorter. */
const SHORTEST_INDEXED = 3;

export async function withSlowSearchNote<T>(
  search: string | null,
  { quiet }: OutputFlags,
  { stdout, stderr }: Runtime,
  read: () => Promise<T>,
): Promise<T> {
  if (search === null || quiet === true || stderr.isTTY !== true) return read();
  const note = setTimeout(() => void stderr.write(noteText(noteFor(search), stdout)), LONG_MS);
  try {
    return await read();
  } finally {
    clearTimeout(note);
  }
}

function noteFor(search: string): string {
  const index =
    search.length < SHORTEST_INDEXED
      ? `An index helps only from ${SHORTEST_INDEXED} letters on.`
      : "`family-hub-jobs doctor -v` shows whether an index would help.";
  return `Still searching: this may read every job. ${index} --status or --since makes it faster; Ctrl-C stops it.`;
}
