// A snapshot that somebody holds, so that no dead row can be cleared away: a forgotten transaction.
import type { BenchDatabase } from "./database.ts";

export async function holdSnapshot(db: BenchDatabase): Promise<() => Promise<void>> {
  const client = await db.connect();
  await client.query("begin isolation level repeatable read");
  await client.query("select count(*) from pg_class");
  return () => client.end();
}
