// Wires the real database, identity server, key ring, clock and streams; opens each on first use.
import { userInfo, hostname } from "node:os";
import { readConfig, type Sections } from "./config/config.ts";
import type { DatabaseConfig } from "./config/database-config.ts";
import type { Environment } from "./config/settings-reader.ts";
import type { ZitadelConfig } from "./config/zitadel-config.ts";
import type { LastContact } from "./domain/last-contact.ts";
import { LockedError } from "./errors.ts";
import type { IdentityProvider } from "./zitadel/identity-provider.ts";
import type * as Envelope from "./passwords/envelope.ts";
import type { KeyRing } from "./passwords/key-ring.ts";
import type { Output } from "./terminal/output.ts";
import {
  describeRefusal,
  isRefused,
  lockWithin,
  tryAdvisoryLock,
  type HeldLock,
} from "./lock/advisory-lock.ts";
import { type LockName } from "./lock/lock-keys.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { BEGIN_WITHOUT_SEARCH_PATH, openDatabase, type Database } from "./postgres/database.ts";
import { checkRowSecurity } from "./queue-table/row-security.sql.ts";
import { checkSchemaVersion } from "./queue-table/schema.sql.ts";
import type { RunDependencies } from "./runs/run.ts";
import { packageVersion } from "./version.ts";

export interface Runtime {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  /**
   * For commands that finish what is in flight: aborted by SIGTERM or SIGINT, whose name is the
   * reason. A command that does not ask is ended by the signal.
   */
  onInterrupt(): AbortSignal;
}

export function config<S extends keyof Sections>(
  runtime: Runtime,
  ...sections: S[]
): Pick<Sections, S> {
  return readConfig(runtime.env, ...sections);
}

export function runDependencies(
  runtime: Runtime,
  database: DatabaseConfig,
  onLocked: RunDependencies["onLocked"],
): RunDependencies {
  return {
    onLocked,
    linesLost: () => linesLost(runtime),
    version: packageVersion(),
    tryLock: (name, runId, shard) =>
      tryAdvisoryLock(database, applicationName(name, runId), name, shard),
    openDatabase: (runId, command) => openDatabase(database, applicationName(command, runId)),
  };
}

/** Lines of log and output that could not be written so far. */
export function linesLost({ stdout, stderr }: Runtime): number {
  return stdout.lost.lines + stderr.lost.lines;
}

/** Postgres keeps 63 characters: enough for the longest command and a run id. */
function applicationName(command: string, runId: string): string {
  return `fhj ${command} ${runId}`;
}

/** @param last what earlier runs have left about Zitadel */
export async function openIdentity(
  zitadel: ZitadelConfig,
  last: LastContact | null,
): Promise<IdentityProvider> {
  keepHeapSmall();
  const { createZitadel } = await import("./zitadel/zitadel.ts");
  return createZitadel(zitadel, () => Promise.resolve(last));
}

let envelope: Promise<typeof Envelope> | null = null;

export async function openEnvelope(jwe: string, jobId: string, ring: KeyRing) {
  // Asked for once, not once a job: also a module that is there already takes its time.
  envelope ??= import("./passwords/envelope.ts");
  return (await envelope).openEnvelope(jwe, jobId, ring);
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
  return besideLock(database, name, waitMs, async (lock) => {
    const result = await work(lock);
    await lock.commit();
    return result;
  });
}

/**
 * For work that commits piece by piece, on a connection of its own: the lock's only reads.
 * @throws LockedError as above
 */
export async function besideLock<T>(
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
    if (name !== "schema" && name !== "read") await checkRowSecurity(lock, name);
    return await work(lock, db);
  } finally {
    await lock.release();
    await db.close();
  }
}

/** A migration holds readers up for so long at the most. */
const MIGRATION_WAIT_MS = 30_000;

/** For commands that only look: they wait for no run, only for a migration. */
export function underReadLock<T>(
  database: DatabaseConfig,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  return underLock(database, "read", MIGRATION_WAIT_MS, work);
}

/** Who is acting, for the audit. */
export function defaultActor(): string {
  return `${safeUsername()}@${hostname()}`;
}

function safeUsername(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user often has no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
