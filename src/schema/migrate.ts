// Applies migrations, rolls them back and lists them; the caller holds the schema lock.
import type { DatabaseConfig } from "../config/database-config.ts";
import { ConfigError } from "../errors.ts";
import type { HeldLock } from "../lock/lock-attempt.ts";
import type { Difference } from "./column-comparison.ts";
import { openDatabase, type Queryable } from "../postgres/database.ts";
import { listAppliedMigrations } from "./applied-migrations.sql.ts";
import { applyPending, rollBack } from "./migration-knex.ts";
import type { OperatorAction } from "../domain/operator-action.ts";
import {
  compareMigrations,
  MIGRATIONS,
  refuseNewer,
  refuseOutdated,
} from "../queue-table/schema.sql.ts";
import { compareSchema } from "./comparison.sql.ts";
import { findForeignTable } from "./owner.sql.ts";
import { countLinesLost, noteSchemaChange, type SchemaChange } from "./schema-audit.sql.ts";

export interface MigrateContext {
  readonly config: DatabaseConfig;
  /** The schema lock: the audit log is written through it, after knex has committed. */
  readonly lock: HeldLock;
  readonly action: OperatorAction;
}

/**
 * @returns the names applied now; none if the schema was up to date
 * @throws ConfigError before any change, if tables are not as this tool needs them
 */
export async function migrateUp(context: MigrateContext): Promise<string[]> {
  const { config, lock } = context;
  const { before, after } = await audited("migrate", context, async (applied) => {
    refuseDifferences(await findDifferences(lock, applied));
    // Its snapshot would block a concurrent build of an index.
    await lock.releaseSnapshot();
    await applyPending(config, applied);
  });
  return after.filter((name) => !before.includes(name));
}

async function findDifferences(db: Queryable, applied: readonly string[]): Promise<Difference[]> {
  const complete = compareMigrations(applied).pending.length === 0;
  const { differences } = await compareSchema(db, applied, complete);
  return differences;
}

function refuseDifferences(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  const list = differences.map(({ table, found, fix }) => `${table} ${found}. Fix: ${fix}`);
  throw new ConfigError(
    `Nothing was migrated, because the database does not have what this tool needs:\n${list.join("\n")}`,
  );
}

/**
 * How many entries of the audit log a rollback would delete.
 * @throws ConfigError as a rollback does, so that nobody is asked about a rollback that would be refused
 */
export async function auditLostByRollback(lock: HeldLock, all: boolean): Promise<number> {
  await refuseForeignTable(lock);
  return countLinesLost(lock, all);
}

async function refuseForeignTable(db: Queryable): Promise<void> {
  const found = await findForeignTable(db);
  if (found === null) return;
  throw new ConfigError(
    `Nothing was rolled back: ${found.table} belongs to the role ${found.owner}, and DATABASE_URL (or PG*) logs in as ${found.role}. ` +
      "Log in as the owner of FamilyHub's tables instead.",
  );
}

/**
 * Never drops what the API owns.
 * @returns the names rolled back: the last batch, or all
 * @throws ConfigError if the role does not own the tables
 */
export async function migrateRollback(context: MigrateContext, all: boolean): Promise<string[]> {
  const { config, lock } = context;
  const { before, after } = await audited("migrate rollback", context, async (applied) => {
    refuseOutdated(applied);
    if (applied.length === 0) return;
    await refuseForeignTable(lock);
    await lock.releaseSnapshot();
    await rollBack(config, all);
  });
  return before.filter((name) => !after.includes(name)).toReversed();
}

/**
 * Writes an entry in the audit log if anything was changed.
 * @returns what was applied before and is now
 */
async function audited(
  verb: SchemaChange["verb"],
  { lock, action }: MigrateContext,
  change: (applied: readonly string[]) => Promise<void>,
): Promise<Pick<SchemaChange, "before" | "after">> {
  const before = await appliedMigrations(lock);
  refuseNewer(before);
  await change(before);
  const after = await appliedMigrations(lock);
  if (before.join() !== after.join()) await noteSchemaChange(lock, { verb, before, after }, action);
  return { before, after };
}

/** `outdated`: applied before the first release, for `migrate` to replace; `unknown`: by a newer version. */
type MigrationState = "applied" | "pending" | "outdated" | "unknown";

export interface SchemaStatus {
  readonly migrations: readonly { readonly name: string; readonly state: MigrationState }[];
  /** Why runs, or a pending migration, would fail. */
  readonly differences: readonly Difference[];
}

/** Only reads, even if no migrations are applied. */
export async function migrationStatus(config: DatabaseConfig): Promise<SchemaStatus> {
  const db = openDatabase(config, "fhj migrate status");
  try {
    const applied = await appliedMigrations(db);
    const { pending, outdated, newer } = compareMigrations(applied);
    const inState = (names: readonly string[], state: MigrationState) =>
      names.map((name) => ({ name, state }));
    const migrations = [
      ...inState(
        MIGRATIONS.filter((name) => !pending.includes(name)),
        "applied",
      ),
      ...inState(pending, "pending"),
      ...inState(outdated, "outdated"),
      ...inState(newer, "unknown"),
    ];
    return { migrations, differences: await findDifferences(db, applied) };
  } finally {
    await db.close();
  }
}

async function appliedMigrations(db: Queryable): Promise<string[]> {
  return (await listAppliedMigrations(db)) ?? [];
}
