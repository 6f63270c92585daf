// The database roles of deploy/postgres/role.sql, made by that very file.
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { TestDatabase } from "./database.ts";

const FILE = new URL("../../deploy/postgres/role.sql", import.meta.url);

export const TOOL = "family_hub_jobs";
export const READER = "family_hub_jobs_reader";

/** Any: the tool takes its locks in its own database. */
const ROLES = "select pg_advisory_lock(1)";

let held = false;

/**
 * What the roles are by themselves, such as BYPASSRLS, is the whole server's: until it is released, no other
 * test file runs role.sql there.
 */
export async function holdRoles(db: TestDatabase): Promise<() => Promise<void>> {
  const end = await lockRoles(db);
  held = true;
  return async () => {
    held = false;
    await end();
  };
}

async function lockRoles(db: TestDatabase): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: db.url.replace(/\/[^/]*$/, "/postgres") });
  await client.connect();
  await client.query(ROLES);
  return () => client.end();
}

/**
 * Roles are the whole server's, what they may do is a database's own.
 * @param settings of the session, by name: the file's choices
 * @returns its warnings
 */
export async function runRoleFile(
  db: TestDatabase,
  settings: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const release = held ? () => Promise.resolve() : await lockRoles(db);
  try {
    return await run(db, settings);
  } finally {
    await release();
  }
}

async function run(
  db: TestDatabase,
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  const warnings: string[] = [];
  const client = new pg.Client({ connectionString: db.url });
  client.on("notice", ({ severity, message }) => {
    if (severity === "WARNING") warnings.push(message ?? "");
  });
  await client.connect();
  try {
    for (const [name, value] of Object.entries(settings)) {
      await client.query("select set_config($1, $2, false)", [name, value]);
    }
    await client.query(await readFile(FILE, "utf8"));
  } finally {
    await client.end();
  }
  return warnings;
}

export function asRole(db: TestDatabase, role: string): { DATABASE_URL: string } {
  return { DATABASE_URL: db.url.replace(/\/\/[^@]*@/, `//${role}@`) };
}

/** @returns the SQLSTATE with which Postgres refuses the statement, or null when it was done */
export async function refusalOf(
  db: TestDatabase,
  role: string,
  sql: string,
): Promise<string | null> {
  const client = new pg.Client({ connectionString: asRole(db, role).DATABASE_URL });
  await client.connect();
  try {
    await client.query(`begin; ${sql}; rollback`);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.end();
  }
}
