// The run-level locks: one open transaction that holds Postgres advisory locks.
//
// A transaction, not a session: PgBouncer in transaction mode pins a server connection to an open
// transaction, while a session lock there can be taken on one connection and released on another,
// or stay stranded on a pooled one. The lock ends with the transaction, however the process dies.
//
// An idle READ COMMITTED transaction holds no snapshot, so it delays neither vacuum nor a concurrent index
// build. But a query with parameters leaves its portal open, and with it the snapshot, until the next simple
// query: hence the literals below, and `releaseSnapshot`.
import type { HeldLock } from "./lock-attempt.ts";
import type { LockAttempt } from "./lock-attempt.ts";
import type { Client } from "pg";
import type { DatabaseConfig } from "../config/database-config.ts";
import { BEGIN_READ_COMMITTED } from "../postgres/database.ts";
import { connect, disconnect, type Timeouts } from "../postgres/connection.ts";
import { translateDatabaseError } from "../postgres/database-error.ts";
import { KEEPALIVES } from "../postgres/keepalives.ts";
import { findHolder } from "./lock-holder.ts";
import {
  LOCK_CLASS,
  LOCK_KEYS,
  shardKey,
  tryLock,
  WHOLE_QUEUE,
  type LockName,
} from "../postgres/lock-keys.ts";
import { MAY_HIDE_ROWS } from "../queue-table/row-security.sql.ts";

/**
 * Tries once. All commands share the schema lock; only `migrate` takes it exclusively.
 * @throws DatabaseUnavailable, or ConfigError when the schema is missing
 */
export async function tryAdvisoryLock(
  config: DatabaseConfig,
  applicationName: string,
  name: LockName,
  shard = WHOLE_QUEUE,
  timeouts?: Timeouts,
): Promise<LockAttempt> {
  const client = await connect(config, applicationName, BEGIN, timeouts);
  try {
    const schema = name === "schema" ? UNKNOWN : await readSchemaState(client);
    const [row] = (await client.query<LockRow>(tryLock(LOCK_KEYS[name], shard))).rows;
    await client.query("savepoint locked");
    if (row?.schema === true && row.command) return hold(client, row.now, schema);
    const lock = row?.schema === true ? name : "schema";
    const keys =
      lock === "schema" || shard.count === 1
        ? [LOCK_KEYS[lock]]
        : [LOCK_KEYS[lock], shardKey(shard)];
    const holder = await findHolder(client, LOCK_CLASS, keys, lock === "schema" ? null : lock);
    await disconnect(client);
    return { held: false, lock, holder, at: row?.now ?? new Date() };
  } catch (error) {
    await disconnect(client);
    throw translateDatabaseError(error);
  }
}

interface LockRow {
  schema: boolean;
  command: boolean;
  now: Date;
}

// A transaction timeout of the server would release the lock in the middle of a run. Objects found by a
// search path could be anybody's; a search path of the session would leak through PgBouncer to FamilyHub's.
const BEGIN =
  `set time zone 'UTC'; set datestyle = 'ISO, YMD'; ${BEGIN_READ_COMMITTED}; ` +
  "set local idle_in_transaction_session_timeout = 0; set local lock_timeout = '10s'; set local search_path = ''; " +
  // Postgres has it since 17, and earlier versions refuse to set an unknown name.
  "select case when current_setting('transaction_timeout', true) <> '' then set_config('transaction_timeout', '0', true) end; " +
  KEEPALIVES;

type SchemaState = Pick<HeldLock, "migrations" | "mayHideRows">;

/** `migrate` may find no table at all. */
const UNKNOWN: SchemaState = { migrations: [], mayHideRows: [] };

async function readSchemaState(client: Client): Promise<SchemaState> {
  const sql = `
    select array(select m.name::text from family_hub_jobs.migrations m order by m.name::text) as migrations,
           ${MAY_HIDE_ROWS} as "mayHideRows"`;
  return (await client.query<SchemaState>(sql)).rows[0] ?? UNKNOWN;
}

function hold(client: Client, startedAt: Date, schema: SchemaState): HeldLock {
  const lost = new AbortController();
  const lose = () => lost.abort();
  client.once("end", lose);
  client.once("error", lose);

  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  const close = async (verb: string, timeoutMs?: number) => {
    client.off("end", lose);
    client.off("error", lose);
    try {
      await client.query({ text: verb, ...(timeoutMs && { query_timeout: timeoutMs }) });
    } finally {
      await disconnect(client);
    }
  };

  return {
    startedAt,
    ...schema,
    lost: lost.signal,
    query,
    releaseSnapshot: async () => {
      // Locks that were taken after a savepoint are released; the advisory locks were taken before.
      await query("rollback to savepoint locked");
    },
    commit: () =>
      close("commit").catch((error: unknown) => Promise.reject(translateDatabaseError(error))),
    // If this does not arrive, losing the connection rolls back, too.
    release: () => close("rollback", 5000).catch(() => undefined),
  };
}
