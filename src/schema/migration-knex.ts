// Runs migrations through knex, and translates what Postgres refuses.
import knex, { type Knex } from "knex";
import type { DatabaseConfig } from "../config/database-config.ts";
import { ConfigError, ExpectedError } from "../errors.ts";
import { workingOptions } from "../postgres/connection.ts";
import { translateDatabaseError } from "../postgres/database-error.ts";
import { migrationConfig } from "./migration-source.ts";
import { replaceOutdated } from "./outdated-migrations.sql.ts";
import { RowRefused } from "../postgres/row-refused.ts";
import { compareMigrations } from "../queue-table/schema.sql.ts";

/** @param applied names of the applied migrations: outdated ones are replaced first */
export function applyPending(config: DatabaseConfig, applied: readonly string[]): Promise<void> {
  return withKnex(config, async (db) => {
    if (!(await schemaExists(db))) await db.raw("create schema family_hub_jobs");
    await freeLeftoverLock(db);
    if (compareMigrations(applied).outdated.length > 0) await replaceOutdated(db);
    await db.migrate.latest();
  });
}

/** The migrations of the last batch, or all of them. */
export function rollBack(config: DatabaseConfig, all: boolean): Promise<void> {
  return withKnex(config, async (db) => {
    await freeLeftoverLock(db);
    await db.migrate.rollback(undefined, all);
  });
}

/**
 * knex has a lock of its own in a table, where a killed migration leaves it for ever. The caller's schema
 * lock is the real one, so its holder may free knex's lock.
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

async function withKnex(config: DatabaseConfig, work: (db: Knex) => Promise<void>): Promise<void> {
  const db = knex({
    client: "pg",
    // Building an index may take longer than any other statement is allowed to.
    connection: {
      ...(await workingOptions(config, "fhj migrate")),
      query_timeout: 0,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: 2 },
    acquireConnectionTimeout: 10_000,
    migrations: migrationConfig,
    // knex prints warnings to stdout, which is only for results.
    log: {
      warn: () => undefined,
      error: () => undefined,
      debug: () => undefined,
      deprecate: () => undefined,
    },
  });
  try {
    await work(db);
  } catch (error) {
    throw translateRefusal(error);
  } finally {
    await db.destroy();
  }
}

/** No row is the cause here: Postgres refuses a change of the schema. */
function translateRefusal(error: unknown): Error {
  if (error instanceof ExpectedError) return error;
  if (!(error instanceof Error)) return translateDatabaseError(error);
  // knex puts the whole statement before Postgres's message.
  error.message = error.message.split(" - ").at(-1) ?? "";
  const translated = translateDatabaseError(error);
  const refused = translated instanceof RowRefused || !(translated instanceof ExpectedError);
  if (!refused || !("code" in error)) return translated;
  return new ConfigError(
    `Postgres refuses a migration: ${error.message}. ` +
      "Fix that and run `migrate` again; `migrate status` shows what is applied.",
    { cause: error },
  );
}
