// One Postgres connection that reconnects by itself, and the border where driver errors get our names.
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
   * Commits when `work` resolves, rolls back when it throws. Done again after a deadlock or a
   * serialization failure: so `work` gathers nothing but its result.
   * @param limits.lockTimeoutMs how long a statement waits for a lock of somebody else's
   */
  transaction<T>(
    work: (tx: Queryable) => Promise<T>,
    limits?: { readonly lockTimeoutMs: number },
  ): Promise<T>;
  close(): Promise<void>;
}

/**
 * Every statement sees what was committed before it, whatever `default_transaction_isolation` is: so are
 * they written, and where FamilyHub changes a row meanwhile, others would fail.
 */
export const BEGIN_READ_COMMITTED = "begin isolation level read committed";

const BEGIN = `${BEGIN_READ_COMMITTED}; ${KEEPALIVES}`;

/** Whatever is found by a search path, anybody may have put there; only a transaction can set its own. */
export const BEGIN_WITHOUT_SEARCH_PATH = `${BEGIN}; set local search_path = ''`;

/**
 * Opens on first use and again after a loss; statements run one after the other.
 * @param begin of each transaction
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
          // One connection to its end: on a new one, a commit would find nothing to commit and say so to nobody.
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
