// One Postgres for the whole test run, with a migrated template for each variant of the database.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context, RootHookObject } from "mocha";
import pg from "pg";
import { plantCanary } from "./canaries.ts";
import { runCli } from "./cli.ts";
import { runRoleFile } from "./deployed-roles.ts";
import { API_SCHEMAS, VARIANTS, type Variant } from "./family-hub-schemas.ts";
import { openTestDatabase } from "./database.ts";
import { memoryFolder } from "./postgres-home.ts";
import { startPostgres, type PostgresServer } from "./postgres.ts";
import { shareStage, testRingFile } from "./test-server.ts";
import { generateKey } from "../../src/passwords/generate.ts";

let server: PostgresServer | null = null;
let folder: string | null = null;

/** Runs once, in mocha's first process, before it starts those that run the files. */
export async function mochaGlobalSetup(): Promise<void> {
  server = await startPostgres([], await memoryFolder());
  folder = await mkdtemp(join(tmpdir(), "family-hub-tests-"));
  shareStage({ port: server.port, folder });
  const ring = JSON.stringify({ keys: [await generateKey("EC")] });
  await writeFile(testRingFile(), ring, { mode: 0o600 });
  const started = server;
  await Promise.all(VARIANTS.map((variant) => createTemplate(started, variant)));
  await createRoles(server);
}

async function createTemplate(on: PostgresServer, variant: Variant): Promise<void> {
  await on.createDatabase(`template_${variant}`);
  const url = on.url(`template_${variant}`);
  await runSql(url, API_SCHEMAS[variant]);
  const migrated = await runCli(["migrate"], { DATABASE_URL: url });
  if (migrated.code !== 0) throw new Error(`migrate failed on ${variant}: ${migrated.stderr}`);
  // The migration's own line: a test begins with an empty audit.
  await runSql(url, "delete from family_hub_jobs.operator_actions");
}

/** Roles are the whole server's: files that run side by side could not make them at the same time. */
async function createRoles(on: PostgresServer): Promise<void> {
  await on.createDatabase("roles", "template_own");
  const database = openTestDatabase("roles", on);
  await runRoleFile(database);
  await database.drop();
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await server?.stop();
  if (folder !== null) await rm(folder, { recursive: true, force: true });
}

/** Before each file, in whatever process it runs. */
export const mochaHooks: RootHookObject = {
  beforeAll: async function (this: Context) {
    // If a run hangs, the list of processes shows the file.
    process.title = this.test?.parent?.suites[0]?.file ?? process.title;
    const { keys } = JSON.parse(await readFile(testRingFile(), "utf8")) as {
      keys: [{ d: string }];
    };
    plantCanary("the key of the test ring", keys[0].d);
  },
};
