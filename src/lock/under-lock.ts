// Does work under one of the locks, and releases the lock however the work ends.
import type { DatabaseConfig } from "../config/database-config.ts";
import { LockedError } from "../errors.ts";
import { tryAdvisoryLock } from "./advisory-lock.ts";
import type { HeldLock } from "./lock-attempt.ts";
import { describeRefusal, isRefused, lockWithin } from "./lock-attempt.ts";
import { type LockName } from "../postgres/lock-keys.ts";
import { BEGIN_WITHOUT_SEARCH_PATH, openDatabase, type Database } from "../postgres/database.ts";
import { checkRowSecurity } from "../queue-table/row-security.sql.ts";
import { checkSchemaVersion } from "../queue-table/schema.sql.ts";

/** Postgres keeps 63 characters, enough for the longest command and a run ID. */
export function applicationName(command: string, runId: string): string {
  return `fhj ${command} ${runId}`;
}

/**
 * Commits what `work` did under the lock, or nothing.
 * @throws LockedError when the lock is still held by another after `waitMs`
 */
export function underLock<T>(
  database: DatabaseConfig,
  name: LockName,
  waitMs: number,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  return underLockInPieces(database, name, waitMs, async (lock) => {
    const result = await work(lock);
    await lock.commit();
    return result;
  });
}

/**
 * For work that commits in pieces on its own connection: the lock's connection only reads.
 * @throws LockedError as above
 */
export async function underLockInPieces<T>(
  database: DatabaseConfig,
  name: LockName,
  waitMs: number,
  work: (lock: HeldLock, db: Database) => Promise<T>,
): Promise<T> {
  const who = applicationName(name, String(process.pid));
  const lock = await lockWithin(waitMs, () => tryAdvisoryLock(database, who, name));
  if (isRefused(lock))
    throw new LockedError(
      `Nothing was done: ${describeRefusal(lock)}. Try again, or wait for it: --wait 30s.`,
    );
  const db = openDatabase(database, who, BEGIN_WITHOUT_SEARCH_PATH);
  try {
    if (name !== "schema") checkSchemaVersion(lock.migrations);
    if (name !== "schema" && name !== "read") await checkRowSecurity(lock, lock.mayHideRows, name);
    return await work(lock, db);
  } finally {
    await lock.release();
    await db.close();
  }
}

/** The longest time for which a migration delays readers. */
const MIGRATION_WAIT_MS = 30_000;

/** For read-only commands: they wait only for a migration, never for a run. */
export function underReadLock<T>(
  database: DatabaseConfig,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  return underLock(database, "read", MIGRATION_WAIT_MS, work);
}
