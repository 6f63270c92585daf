// One database of the benchmark's server, and connections of the benchmark's own to it.
import pg from "pg";
import type { PostgresServer } from "../../support/postgres.ts";

export interface BenchDatabase {
  readonly name: string;
  readonly url: string;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A single number. */
  number(sql: string, values?: readonly unknown[]): Promise<number>;
  /** A connection of one's own; end it. */
  connect(): Promise<pg.Client>;
  /** Ends the connections; the database stays. */
  close(): Promise<void>;
  drop(): Promise<void>;
}

export function openDatabase(postgres: PostgresServer, name: string): BenchDatabase {
  const connectionString = postgres.url(name);
  const pool = new pg.Pool({ connectionString, max: 2, options: "-c timezone=UTC" });
  pool.on("error", () => undefined);
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(sql, [...values])).rows;
  const close = async () => {
    if (!pool.ended) await pool.end();
  };
  return {
    name,
    url: connectionString,
    query,
    number: async (sql, values) => Number(Object.values((await query(sql, values))[0] ?? {})[0]),
    connect: async () => {
      const client = new pg.Client({ connectionString });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    },
    close,
    drop: async () => {
      await close();
      await postgres.dropDatabase(name);
    },
  };
}
