// One Postgres for the whole test run, with a migrated template for each variant of the database.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { plantCanary } from "./canaries.ts";
import { runCli } from "./cli.ts";
import { API_SCHEMAS, VARIANTS } from "./family-hub-schemas.ts";
import { startPostgres, type PostgresServer } from "./postgres.ts";
import { generateKey } from "../../src/passwords/generate.ts";

let server: PostgresServer | null = null;
let folder: string | null = null;

/** The server that every test file clones its databases on. */
export function testServer(): PostgresServer {
  if (server === null) throw new Error("mocha's global setup has not run");
  return server;
}

/** A key ring with one EC key, readable by every test. */
export function testRingFile(): string {
  return join(folder ?? "", "ring.json");
}

export async function mochaGlobalSetup(): Promise<void> {
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), "family-hub-tests-"));
  const key = await generateKey("EC");
  plantCanary("the key of the test ring", key.d ?? "");
  await writeFile(testRingFile(), JSON.stringify({ keys: [key] }), {
    mode: 0o600,
  });
  for (const variant of VARIANTS) {
    await server.createDatabase(`template_${variant}`);
    const url = server.url(`template_${variant}`);
    await runSql(url, API_SCHEMAS[variant]);
    const migrated = await runCli(["migrate"], { DATABASE_URL: url });
    if (migrated.code !== 0) throw new Error(`migrate failed on ${variant}: ${migrated.stderr}`);
    // The migration's own line: a test begins with an empty audit.
    await runSql(url, "delete from family_hub_jobs.operator_actions");
  }
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
