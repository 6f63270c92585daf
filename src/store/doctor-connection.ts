// The doctor's one connection to Postgres: impatient, and aware of what lies in between.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { DatabaseConfig } from "../config/database-config.ts";
import { connect, hangUp, type Patience, type Queryable } from "./database.ts";
import { translateDatabaseError } from "./database-error.ts";

/** Whoever waits for a diagnosis waits seconds, not a minute. */
export const DOCTOR_PATIENCE: Patience = { connectMs: 5000, queryMs: 10_000 };

export interface DoctorConnection extends Queryable {
  /** Such as TLSv1.3; null for plain text. As far as the peer, which may be a pooler. */
  readonly tls: string | null;
  /** On this host, where nobody listens on the way. */
  readonly local: boolean;
  /** As the peer names itself: a pooler gives another one than Postgres has. */
  readonly peerPid: number | null;
  /** Always undone at its end, whatever it does. */
  undone<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @throws DatabaseUnavailable within seconds, or ConfigError */
export async function openDoctorConnection(
  config: DatabaseConfig,
  applicationName: string,
): Promise<DoctorConnection> {
  const client = await connect(config, applicationName, undefined, DOCTOR_PATIENCE);
  const stream = client.connection.stream as Socket;
  const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  return {
    query,
    tls: stream instanceof TLSSocket ? stream.getProtocol() : null,
    local: isLocal(stream.remoteAddress),
    peerPid: (client as { processID?: number | null }).processID ?? null,
    undone: async (work) => {
      await query("begin");
      try {
        return await work({ query });
      } finally {
        // A connection that is lost has undone it by itself.
        await query("rollback").catch(() => undefined);
      }
    },
    close: () => hangUp(client),
  };
}

/** A Unix socket has no address. */
function isLocal(address: string | undefined): boolean {
  return address === undefined || /^(::1$|(::ffff:)?127\.)/.test(address);
}
