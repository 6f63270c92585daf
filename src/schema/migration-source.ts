// Names the migrations by their file names without endings, for knex.
//
// With endings, knex would call the directory corrupt if a database was migrated from `.ts` sources and now
// meets the built `.js` files.
import type { Knex } from "knex";
import { KEEPALIVES } from "../postgres/keepalives.ts";
import { MIGRATIONS } from "../queue-table/schema.sql.ts";

type MigrationName = (typeof MIGRATIONS)[number];

const LOAD: Record<MigrationName, () => Promise<Knex.Migration>> = {
  "0001_family_hub_tables": () => import("../../migrations/0001_family_hub_tables.ts"),
  "0002_queue_columns": () => import("../../migrations/0002_queue_columns.ts"),
  "0003_history": () => import("../../migrations/0003_history.ts"),
  "0004_indexes": () => import("../../migrations/0004_indexes.ts"),
  "0005_traces": () => import("../../migrations/0005_traces.ts"),
};

const migrationSource: Knex.MigrationSource<MigrationName> = {
  getMigrations: () => Promise.resolve([...MIGRATIONS]),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const migration = await LOAD[name]();
    const { up, down } = migration;
    return { ...migration, up: withKeepalives(up), ...(down && { down: withKeepalives(down) }) };
  },
};

/** A migration's locks block FamilyHub's API: they must not outlive our host. */
function withKeepalives(migrate: Knex.Migration["up"]): Knex.Migration["up"] {
  return async (db) => {
    // Outside a transaction this would only warn, and each statement holds its locks only for itself.
    if (db.isTransaction) await db.raw(KEEPALIVES);
    return migrate(db);
  };
}

export const migrationConfig: Knex.MigratorConfig = {
  migrationSource,
  schemaName: "family_hub_jobs",
  tableName: "migrations",
};
