// Brings the schema up or back, by knex; the caller holds the schema lock.
import knex, { type Knex } from "knex";
import type { DatabaseConfig } from "../config/database-config.ts";
import { ConfigError, ExpectedError } from "../errors.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import type { Difference } from "../store/column-comparison.ts";
import { openDatabase, workingOptions, type Queryable } from "../store/database.ts";
import { translateDatabaseError } from "../store/database-error.ts";
import { listAppliedMigrations } from "../store/doctor-schema.ts";
import { migrationConfig } from "../store/migration-source.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { RowRefused } from "../store/row-refused.ts";
import { checkSchemaVersion, MIGRATIONS } from "../store/schema.ts";
import { compareSchema } from "../store/schema-comparison.ts";
import { countLinesLost, noteSchemaChange, type SchemaChange } from "../store/schema-audit.ts";

export interface MigrateContext {
  readonly config: DatabaseConfig;
  /** The schema lock: the audit is written through it, once knex has committed. */
  readonly lock: HeldLock;
  readonly action: OperatorAction;
}

/**
 * @returns the names applied now; none when the schema is up to date already
 * @throws ConfigError before anything is changed, where tables are not as this tool needs them
 */
export function migrateUp(context: MigrateContext): Promise<string[]> {
  const { config, lock } = context;
  return withKnex(config, (db) =>
    audited("migrate", context, async (applied) => {
      refuseDifferences(await findDifferences(lock, applied));
      // Its snapshot would keep a concurrent build of an index waiting.
      await lock.letGo();
      if (!(await schemaExists(db))) await db.raw("create schema family_hub_jobs");
      await freeLeftoverLock(db);
      const [, names] = (await db.migrate.latest()) as [number, string[]];
      return names;
    }),
  );
}

async function findDifferences(db: Queryable, applied: readonly string[]): Promise<Difference[]> {
  const complete = MIGRATIONS.every((name) => applied.includes(name));
  const { differences } = await compareSchema(db, applied, complete);
  return differences;
}

function refuseDifferences(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  const list = differences.map(({ table, found, fix }) => `${table} ${found}. Fix: ${fix}`);
  throw new ConfigError(
    `Nothing was migrated, because the database is not as this tool needs it:\n${list.join("\n")}`,
  );
}

/** How many lines of the audit a rollback would destroy. */
export function auditLostByRollback(lock: HeldLock, all: boolean): Promise<number> {
  return countLinesLost(lock, all);
}

/** Never drops what the API owns. @returns the names rolled back: the last batch, or all */
export function migrateRollback(context: MigrateContext, all: boolean): Promise<string[]> {
  return withKnex(context.config, (db) =>
    audited("migrate rollback", context, async (applied) => {
      if (applied.length === 0) return [];
      await context.lock.letGo();
      await freeLeftoverLock(db);
      const [, names] = (await db.migrate.rollback(undefined, all)) as [number, string[]];
      return names;
    }),
  );
}

async function audited(
  verb: SchemaChange["verb"],
  { lock, action }: MigrateContext,
  change: (applied: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  const before = await appliedMigrations(lock);
  refuseNewer(before);
  const names = await change(before);
  if (names.length > 0) {
    await noteSchemaChange(lock, { verb, before, after: await appliedMigrations(lock) }, action);
  }
  return names;
}

export interface MigrationState {
  readonly name: string;
  /** `unknown`: applied by a newer version of this tool. */
  readonly state: "applied" | "pending" | "unknown";
}

export interface SchemaStatus {
  readonly migrations: readonly MigrationState[];
  /** Why runs, or a migration that is pending, would fail. */
  readonly differences: readonly Difference[];
}

/** Reads only, also where nothing was ever migrated. */
export async function migrationStatus(config: DatabaseConfig): Promise<SchemaStatus> {
  const db = openDatabase(config, "fhj migrate status");
  try {
    const applied = await appliedMigrations(db);
    const known: readonly string[] = MIGRATIONS;
    const migrations = [
      ...known.map(
        (name) => ({ name, state: applied.includes(name) ? "applied" : "pending" }) as const,
      ),
      ...applied
        .filter((name) => !known.includes(name))
        .map((name) => ({ name, state: "unknown" }) as const),
    ];
    return { migrations, differences: await findDifferences(db, applied) };
  } finally {
    await db.close();
  }
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

async function appliedMigrations(db: Queryable): Promise<string[]> {
  return (await listAppliedMigrations(db)) ?? [];
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
    throw translateRefusal(error);
  } finally {
    await db.destroy();
  }
}

/** Here no row is at fault: what Postgres refuses is a change of the schema. */
function translateRefusal(error: unknown): Error {
  if (error instanceof ExpectedError) return error;
  if (!(error instanceof Error)) return translateDatabaseError(error);
  // knex puts the whole statement before what Postgres said.
  error.message = error.message.split(" - ").at(-1) ?? "";
  const translated = translateDatabaseError(error);
  const refused = translated instanceof RowRefused || !(translated instanceof ExpectedError);
  if (!refused || !("code" in error)) return translated;
  return new ConfigError(
    `Postgres refuses a migration: ${error.message}. ` +
      "Put that right and run `migrate` again; `migrate status` shows what is applied.",
    { cause: error },
  );
}
