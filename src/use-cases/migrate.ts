// Brings the schema up or back, by knex; the caller holds the schema lock.
import knex, { type Knex } from "knex";
import type { DatabaseConfig } from "../config/database-config.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { workingOptions } from "../store/database.ts";
import { translateDatabaseError } from "../store/database-error.ts";
import { migrationConfig } from "../store/migration-source.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { checkSchemaVersion, MIGRATIONS } from "../store/schema.ts";
import { countLinesLost, noteSchemaChange, type SchemaChange } from "../store/schema-audit.ts";

export interface MigrateContext {
  readonly config: DatabaseConfig;
  /** The schema lock: the audit is written through it, once knex has committed. */
  readonly lock: HeldLock;
  readonly action: OperatorAction;
}

/** @returns the names applied now; none when the schema is up to date already */
export function migrateUp(context: MigrateContext): Promise<string[]> {
  return withKnex(context.config, async (db) => {
    if (!(await schemaExists(db))) await db.raw("create schema family_hub_jobs");
    return audited("migrate", db, context, async () => {
      await freeLeftoverLock(db);
      const [, names] = (await db.migrate.latest()) as [number, string[]];
      return names;
    });
  });
}

/** How many lines of the audit a rollback would destroy. */
export function auditLostByRollback(lock: HeldLock, all: boolean): Promise<number> {
  return countLinesLost(lock, all);
}

/** Never drops what the API owns. @returns the names rolled back: the last batch, or all */
export function migrateRollback(context: MigrateContext, all: boolean): Promise<string[]> {
  return withKnex(context.config, (db) =>
    audited("migrate rollback", db, context, async (applied) => {
      if (applied.length === 0) return [];
      await freeLeftoverLock(db);
      const [, names] = (await db.migrate.rollback(undefined, all)) as [number, string[]];
      return names;
    }),
  );
}

async function audited(
  verb: SchemaChange["verb"],
  db: Knex,
  { lock, action }: MigrateContext,
  change: (applied: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  const before = await appliedNames(db);
  refuseNewer(before);
  const names = await change(before);
  if (names.length > 0) {
    await noteSchemaChange(lock, { verb, before, after: await appliedNames(db) }, action);
  }
  return names;
}

export interface MigrationState {
  readonly name: string;
  /** `unknown`: applied by a newer version of this tool. */
  readonly state: "applied" | "pending" | "unknown";
}

/** Reads only, also where nothing was ever migrated. */
export function migrationStatus(config: DatabaseConfig): Promise<MigrationState[]> {
  return withKnex(config, async (db) => {
    const applied = await appliedNames(db);
    const known: readonly string[] = MIGRATIONS;
    return [
      ...known.map(
        (name) => ({ name, state: applied.includes(name) ? "applied" : "pending" }) as const,
      ),
      ...applied
        .filter((name) => !known.includes(name))
        .map((name) => ({ name, state: "unknown" }) as const),
    ];
  });
}

function refuseNewer(applied: readonly string[]): void {
  // Pending ones are what we are here for; only unknown ones are refused.
  checkSchemaVersion([...new Set([...applied, ...MIGRATIONS])]);
}

/**
 * knex keeps a lock of its own in a table, where a killed migration leaves it for ever. The caller's
 * schema lock is the real one: whoever holds that may free the other.
 */
async function freeLeftoverLock(db: Knex): Promise<void> {
  await db.migrate.forceFreeMigrationsLock();
}

async function schemaExists(db: Knex): Promise<boolean> {
  const result = await db.raw<{ rows: { found: boolean }[] }>(
    "select to_regnamespace('family_hub_jobs') is not null as found",
  );
  return result.rows[0]?.found === true;
}

async function appliedNames(db: Knex): Promise<string[]> {
  const table = await db.raw<{ rows: { found: boolean }[] }>(
    "select to_regclass('family_hub_jobs.migrations') is not null as found",
  );
  if (table.rows[0]?.found !== true) return [];
  const result = await db.raw<{ rows: { name: string }[] }>(
    "select name from family_hub_jobs.migrations order by name",
  );
  return result.rows.map((row) => row.name);
}

async function withKnex<T>(config: DatabaseConfig, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({
    client: "pg",
    // A build of an index may take longer than any other statement is allowed to.
    connection: {
      ...(await workingOptions(config, "fhj migrate")),
      query_timeout: 0,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: 2 },
    acquireConnectionTimeout: 10_000,
    migrations: migrationConfig,
    // knex prints its warnings to stdout, where only answers belong.
    log: {
      warn: () => undefined,
      error: () => undefined,
      debug: () => undefined,
      deprecate: () => undefined,
    },
  });
  try {
    return await work(db);
  } catch (error) {
    throw translateDatabaseError(error);
  } finally {
    await db.destroy();
  }
}
