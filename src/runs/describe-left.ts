// The text in the ledger about jobs that a completed run could not process.
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { MISSING_KEYS } from "./incident.sql.ts";
import { describeRefused, type RefusedRows } from "./refused-rows.ts";

/** @returns null if there were none */
export function describeLeft(missingKeys: readonly string[], refused: RefusedRows): string | null {
  const missing = missingKeys.length === 0 ? null : `${MISSING_KEYS}: ${namedKeys(missingKeys)}`;
  const texts = [missing, describeRefused(refused)].filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join("; ");
}
