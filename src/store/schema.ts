// Which migrations this version of the tool knows, and whether the database has exactly those.
import { ConfigError } from "../errors.ts";

/** In order. A name, once released, never changes: databases remember it. */
export const MIGRATIONS = [
  "0001_family_hub_tables",
  "0002_queue_columns",
  "0003_history_tables",
  "0004_queue_indexes",
  "0005_retention_indexes",
  "0006_reading_indexes",
  "0007_operator_batches",
  "0008_listing_indexes",
  "0009_last_contact",
] as const;

/** @throws ConfigError when the database is older or newer than the tool */
export function checkSchemaVersion(applied: readonly string[]): void {
  const known: readonly string[] = MIGRATIONS;
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ConfigError(
      `The database was migrated by a newer family-hub-jobs (it has ${unknown.join(", ")}): ` +
        "upgrade this tool, or roll back with the newer one.",
    );
  }
  const missing = known.filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    throw new ConfigError(
      `The database lacks ${missing.join(", ")}: run \`family-hub-jobs migrate\` ` +
        "(as the owner of FamilyHub's tables).",
    );
  }
}
