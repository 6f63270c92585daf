// What can be asked of a Postgres whose port is known: databases made and dropped by its superuser.
import pg from "pg";
import { DATABASE_PASSWORD } from "./canaries.ts";

export interface PostgresAddress {
  readonly port: number;
  /** For clients that connect over TCP as the superuser. */
  url(database: string): string;
  createDatabase(name: string, template?: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
}

/** @param port on the loopback interface */
export function serverAt(port: number): PostgresAddress {
  // Asked for TLS, it refuses, and each connection takes a second one: a process more of the server.
  const url = (database: string) =>
    `postgres://postgres:${DATABASE_PASSWORD}@127.0.0.1:${port}/${database}?sslmode=disable`;
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: url("postgres") });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    port,
    url,
    // To write all of it to the log as well takes twice the CPU.
    createDatabase: (name, template = "template1") =>
      admin(`create database "${name}" template "${template}" strategy file_copy`),
    dropDatabase: (name) => admin(`drop database if exists "${name}" with (force)`),
  };
}
