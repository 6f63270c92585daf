// Which migrations this version knows, and whether exactly those are applied.
import { ConfigError } from "../errors.ts";

/** In order. Never rename a released migration: databases store its name. */
export const MIGRATIONS = [
  "0001_family_hub_tables",
  "0002_queue_columns",
  "0003_history",
  "0004_indexes",
  "0005_traces",
] as const;

/**
 * Migrations from before the first release, which did the same as two of `MIGRATIONS`; `migrate` replaces
 * them.
 */
export const OUTDATED = [
  "0003_history_tables",
  "0004_queue_indexes",
  "0005_retention_indexes",
  "0006_reading_indexes",
  "0007_operator_batches",
  "0008_listing_indexes",
  "0009_last_contact",
] as const;

export interface SchemaVersion {
  /** Of this version, not yet applied. */
  readonly pending: readonly string[];
  /** Applied by a version before the first release. */
  readonly outdated: readonly string[];
  /** Applied by a newer version. */
  readonly newer: readonly string[];
}

export function compareMigrations(applied: readonly string[]): SchemaVersion {
  const known: readonly string[] = [...MIGRATIONS, ...OUTDATED];
  return {
    pending: MIGRATIONS.filter((name) => !applied.includes(name)),
    outdated: OUTDATED.filter((name) => applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
  };
}

/** @throws ConfigError if the database is older or newer than the tool */
export function checkSchemaVersion(applied: readonly string[]): void {
  refuseNewer(applied);
  refuseOutdated(applied);
  const { pending } = compareMigrations(applied);
  if (pending.length > 0) {
    throw new ConfigError(`The database lacks ${pending.join(", ")}: ${MIGRATE}.`);
  }
}

/** @throws ConfigError if a newer version migrated the database */
export function refuseNewer(applied: readonly string[]): void {
  const { newer } = compareMigrations(applied);
  if (newer.length === 0) return;
  throw new ConfigError(
    `The database was migrated by a newer family-hub-jobs (it has ${newer.join(", ")}): ` +
      "upgrade this tool, or roll back with the newer one.",
  );
}

/** @throws ConfigError if a version before the first release migrated the database */
export function refuseOutdated(applied: readonly string[]): void {
  const { outdated } = compareMigrations(applied);
  if (outdated.length === 0) return;
  throw new ConfigError(
    `The database was migrated by an unreleased family-hub-jobs (it has ${outdated.join(", ")}): ` +
      `${MIGRATE}; all rows are kept.`,
  );
}

const MIGRATE = "run `family-hub-jobs migrate` (as the owner of FamilyHub's tables)";
