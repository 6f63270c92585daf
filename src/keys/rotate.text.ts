// What a rotation prints to stderr in addition to its summary: which passwords keep their old key, and what
// to do.
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { lasting } from "../runs/incident-update.text.ts";
import type { RotateReport } from "./rotate.ts";

/** @returns sentences without the program's name, in reading order */
export function remarks({ counts, outcome, incident }: RotateReport, keySource: string): string[] {
  const { missingKeys, tooLong, held } = counts;
  const said: string[] = [];
  if (missingKeys.length > 0 && incident?.kind !== "known") {
    said.push(
      `jobs need password keys that ${keySource} lacks: ${namedKeys(missingKeys)}. ` +
        `Restore them to the ring and rotate again; the other jobs were processed${lasting(incident)}.`,
    );
  }
  if (held > 0 && outcome === "completed") {
    said.push(
      `jobs held by a run, so they keep their old key: ${held}. ` +
        "Rotate again when it has ended (`family-hub-jobs queue list --status processing`).",
    );
  }
  if (tooLong > 0) {
    said.push(
      `passwords too long for their column under the first key: ${tooLong}. ` +
        "Keep their old key in the ring, or rotate to one with a shorter kid or of type oct.",
    );
  }
  return said;
}
