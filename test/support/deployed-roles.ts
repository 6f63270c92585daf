// The database roles of deploy/postgres/role.sql, made by that very file.
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { TestDatabase } from "./database.ts";

const FILE = new URL("../../deploy/postgres/role.sql", import.meta.url);

export const TOOL = "family_hub_jobs";
export const READER = "family_hub_jobs_reader";

/** Roles are the whole server's, what they may do is a database's own. */
export async function runRoleFile(db: TestDatabase): Promise<void> {
  await db.query(await readFile(FILE, "utf8"));
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
