// A database of its own for each test that asks, cloned from the migrated template.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Variant } from "./family-hub-schemas.ts";
import { testServer } from "./test-server.ts";

export interface TestDatabase {
  readonly url: string;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The only row. @throws when there is not exactly one */
  one<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row>;
  drop(): Promise<void>;
}

/** Without rows; `variant` is how FamilyHub's own tables were created. */
export async function cloneDatabase(variant: Variant = "own"): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await testServer().createDatabase(name, `template_${variant}`);
  return openTestDatabase(name);
}

/** Without any table: not even migrated. */
export async function emptyDatabase(setup = "select 1"): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await testServer().createDatabase(name);
  const database = openTestDatabase(name);
  await database.query(setup);
  return database;
}

export function openTestDatabase(name: string, server = testServer()): TestDatabase {
  const url = server.url(name);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(sql, [...values])).rows;
  return {
    url,
    query,
    one: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const rows = await query<Row>(sql, values);
      const [row] = rows;
      if (row === undefined || rows.length !== 1) throw new Error(`${rows.length} rows: ${sql}`);
      return row;
    },
    drop: async () => {
      await pool.end();
      await server.dropDatabase(name);
    },
  };
}
