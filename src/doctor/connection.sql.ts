// The one connection of doctor to Postgres: with short time limits, and aware of poolers.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { QueryResult } from "pg";
import type { DatabaseConfig } from "../config/database-config.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Queryable } from "../postgres/database.ts";
import { connect, disconnect, type Timeouts } from "../postgres/connection.ts";
import { isCanceled, translateDatabaseError } from "../postgres/database-error.ts";

/** People wait seconds for a diagnosis, not a minute. */
export const DOCTOR_TIMEOUTS: Timeouts = { connectMs: 5000, queryMs: 10_000 };

export interface DoctorConnection extends Queryable {
  /** Such as TLSv1.3; null for plain text. Only to the peer, which may be a pooler. */
  readonly tls: string | null;
  /** On this host, where nobody can listen in between. */
  readonly local: boolean;
  /** The peer's own number: a pooler gives another one than Postgres has. */
  readonly peerPid: number | null;
  /** Always rolled back at its end. */
  undone<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @throws DatabaseUnavailable within seconds, or ConfigError */
export async function openDoctorConnection(
  config: DatabaseConfig,
  applicationName: string,
): Promise<DoctorConnection> {
  const client = await connect(config, applicationName, undefined, DOCTOR_TIMEOUTS);
  const stream = client.connection.stream as Socket;
  const send = async (sql: string, values: readonly unknown[] = []): Promise<unknown> => {
    try {
      return await client.query(sql, [...values]);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  return {
    query: <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      ask<Row>(send, sql, values),
    tls: stream instanceof TLSSocket ? stream.getProtocol() : null,
    local: isLocal(stream.remoteAddress),
    peerPid: (client as { processID?: number | null }).processID ?? null,
    undone: (work) => undone(send, work),
    close: () => disconnect(client),
  };
}

type Send = (sql: string, values?: readonly unknown[]) => Promise<unknown>;

/**
 * Anybody with CREATE on a schema of the search path may have put objects there, and doctor is often run as a
 * superuser. A search path of the session would leak through PgBouncer.
 */
const BEGIN = "begin; set local search_path = ''";

/** Statements without values take one round trip. */
async function ask<Row extends object>(
  send: Send,
  sql: string,
  values: readonly unknown[],
): Promise<Row[]> {
  if (values.length > 0) return undone(send, (db) => db.query<Row>(sql, values));
  try {
    const results = (await send(`${BEGIN}; ${sql}; rollback`)) as QueryResult<Row>[];
    return results.at(-2)?.rows ?? [];
  } catch (error) {
    await rollBack(send, error);
    throw error;
  }
}

async function undone<T>(send: Send, work: (db: Queryable) => Promise<T>): Promise<T> {
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    ((await send(sql, values)) as QueryResult<Row>).rows;
  await send(BEGIN);
  let failure: unknown = null;
  try {
    return await work({ query });
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await rollBack(send, failure);
  }
}

/** If the connection is lost, it is rolled back anyway, and waiting for an answer would take long. */
async function rollBack(send: Send, failure: unknown): Promise<void> {
  if (failure instanceof DatabaseUnavailable && !isCanceled(failure)) return;
  await send("rollback").catch(() => undefined);
}

/** A Unix socket has no address. */
function isLocal(address: string | undefined): boolean {
  return address === undefined || /^(::1$|(::ffff:)?127\.)/.test(address);
}
