// One Postgres connection that reconnects; translates the driver's errors into our own.
import type { Client } from "pg";
import type { DatabaseConfig } from "../config/database-config.ts";
import { connect, disconnect } from "./connection.ts";
import { translateDatabaseError } from "./database-error.ts";
import { KEEPALIVES } from "./keepalives.ts";
import { repeatConflicts } from "./repeat-conflicts.ts";

export interface Queryable {
  /** @throws DatabaseUnavailable, ConfigError, RowRefused or, for a bug, the driver's error */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  /**
   * Commits when `work` resolves, rolls back when it throws. Repeated after a deadlock or a serialization
   * failure, so `work` must have no effect but its result.
   * @param limits.lockTimeoutMs how long a statement waits for another session's lock
   */
  transaction<T>(
    work: (tx: Queryable) => Promise<T>,
    limits?: { readonly lockTimeoutMs: number },
  ): Promise<T>;
  close(): Promise<void>;
}

/**
 * Every statement sees what was committed before it, whatever `default_transaction_isolation` is. With
 * another isolation, a statement fails if FamilyHub changes its row in the meantime.
 */
export const BEGIN_READ_COMMITTED = "begin isolation level read committed";

const BEGIN = `${BEGIN_READ_COMMITTED}; ${KEEPALIVES}`;

/** Anybody may have created what a search path finds; only a transaction can set its own path. */
export const BEGIN_WITHOUT_SEARCH_PATH = `${BEGIN}; set local search_path = ''`;

/**
 * Connects on first use and again after a loss; runs statements one after the other.
 * @param begin the statement that begins each transaction
 */
export function openDatabase(
  config: DatabaseConfig,
  applicationName: string,
  begin = BEGIN,
): Database {
  let current: Promise<Client> | null = null;

  const client = () => {
    current ??= connect(config, applicationName).then(
      (opened) => opened.once("end", () => (current = null)),
      (error: unknown) => {
        current = null;
        throw error;
      },
    );
    return current;
  };

  const on = (connection: Client): Queryable["query"] => {
    return async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await connection.query<Row>(sql, [...values])).rows;
      } catch (error) {
        const translated = translateDatabaseError(error);
        if (translated.name === "DatabaseUnavailable") await discard(connection);
        throw translated;
      }
    };
  };

  const discard = async (connection: Client) => {
    current = null;
    await disconnect(connection);
  };

  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };

  return {
    query: (sql, values) =>
      inTurn(() => repeatConflicts(async () => on(await client())(sql, values))),
    transaction: (work, limits) =>
      inTurn(() =>
        repeatConflicts(async () => {
          // A transaction stays on one connection: on a new one, `commit` would commit nothing and report no
          // error.
          const query = on(await client());
          const limited = limits && `; set local lock_timeout = ${Math.ceil(limits.lockTimeoutMs)}`;
          await query(`${begin}${limited ?? ""}`);
          try {
            const result = await work({ query });
            await query("commit");
            return result;
          } catch (error) {
            await query("rollback").catch(() => undefined);
            throw error;
          }
        }),
      ),
    close: async () => {
      const opened = await current?.catch(() => null);
      current = null;
      if (opened) await disconnect(opened);
    },
  };
}
