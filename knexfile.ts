// For knex's own command line; `family-hub-jobs migrate` needs no file.
import type { Knex } from "knex";
import { migrationConfig } from "./src/schema/migration-source.ts";

const config: Knex.Config = {
  client: "pg",
  connection: process.env["DATABASE_URL"] ?? "postgres:///",
  migrations: migrationConfig,
};

export default config;
