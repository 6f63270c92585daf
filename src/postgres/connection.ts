// Opens and closes one connection: its timeouts, TLS, and how it reads and writes times.
import { Client, TypeOverrides, types as builtInTypes, type ClientConfig } from "pg";
import { toClientConfig } from "pg-connection-string";
import type { DatabaseConfig } from "../config/database-config.ts";
import { INFINITY, MINUS_INFINITY } from "../domain/endless.ts";
import { DatabaseUnavailable } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import { translateDatabaseError } from "./database-error.ts";
import { withPasswordFile } from "./password-file.ts";
import { tlsAdvice } from "./tls-advice.ts";

/**
 * Time limits on the client's side: behind PgBouncer in transaction mode, `set statement_timeout` would leak
 * to other clients of the same server connection.
 */
export interface Timeouts {
  readonly connectMs: number;
  readonly queryMs: number;
}

const TIMEOUTS: Timeouts = { connectMs: 10_000, queryMs: 60_000 };

/**
 * FamilyHub's queue table may hold UTC in `timestamp` columns. With the session in UTC, Postgres compares and
 * assigns them correctly. The driver and our cursors read only ISO dates. PgBouncer forwards both settings.
 */
const SESSION_SETUP = "set time zone 'UTC'; set datestyle = 'ISO, YMD'";

const types = new TypeOverrides();
// By default the driver reads `timestamp` as local time of the host, and returns infinity as a number.
types.setTypeParser(builtInTypes.builtins.TIMESTAMP, (text: string) => readMoment(text, "Z"));
types.setTypeParser(builtInTypes.builtins.TIMESTAMPTZ, (text: string) => readMoment(text, ""));

/**
 * Postgres writes `2026-01-31 08:00:00.5` and, in a UTC session, appends `+00` to a timestamptz. A year that
 * a Date cannot hold, or one BC, counts as infinity.
 */
function readMoment(text: string, zone: string): Date {
  const iso = text.replace(/^\d{5,}/, (year) => `+${year.padStart(6, "0")}`).replace(" ", "T");
  const at = new Date(iso.replace(/\+00$/, "Z") + zone);
  if (!Number.isNaN(at.getTime())) return at;
  return text === "-infinity" || text.endsWith("BC") ? MINUS_INFINITY : INFINITY;
}

const DISCONNECT_TIMEOUT_MS = 2000;

/** A frozen peer never answers, and its socket would keep the process alive for ever. */
export async function disconnect(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), DISCONNECT_TIMEOUT_MS);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** @throws DatabaseUnavailable or ConfigError */
export async function connect(
  config: DatabaseConfig,
  applicationName: string,
  setup = SESSION_SETUP,
  timeouts = TIMEOUTS,
): Promise<Client> {
  return (await connectWithOptions(config, applicationName, setup, timeouts)).client;
}

/** For connections of another library: the options that work, after trying with and without TLS. */
export async function workingOptions(
  config: DatabaseConfig,
  applicationName: string,
): Promise<ClientConfig> {
  const { client, options } = await connectWithOptions(
    config,
    applicationName,
    SESSION_SETUP,
    TIMEOUTS,
  );
  await disconnect(client);
  return options;
}

interface Opened {
  readonly client: Client;
  readonly options: ClientConfig;
}

/**
 * Connects to the first usable host. As in libpq, the next host is tried if one is unreachable or only a
 * standby, but not if one refuses the login.
 */
async function connectWithOptions(
  config: DatabaseConfig,
  applicationName: string,
  setup: string,
  timeouts: Timeouts,
): Promise<Opened> {
  const unfit: string[] = [];
  let ofTls: string | null = null;
  for (const host of config.hosts) {
    const options: ClientConfig = {
      ...toClientConfig(host),
      ...withPasswordFile(toClientConfig(host)),
      application_name: applicationName,
      connectionTimeoutMillis: timeouts.connectMs,
      query_timeout: timeouts.queryMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types,
    };
    try {
      const opened = await openWithOrWithoutTls(options, config.plainTextAllowed, setup);
      if (config.target === "any" || (await takesChanges(opened.client))) return opened;
      await disconnect(opened.client);
      unfit.push(`${nameOf(host)} is read-only`);
    } catch (error) {
      const translated = translateDatabaseError(error);
      if (config.hosts.length === 1 || !(translated instanceof DatabaseUnavailable))
        throw translated;
      unfit.push(`${nameOf(host)}: ${messageOf(error)}`);
      ofTls ??= tlsAdvice(error)?.advice ?? null;
    }
  }
  throw new DatabaseUnavailable(
    `No server of DATABASE_URL (or PG*) is usable: ${unfit.join("; ")}. ` +
      (ofTls === null ? "" : `${ofTls}. `) +
      "Check that one of them runs" +
      (config.target === "any" ? "." : " and is writable: target_session_attrs requires that."),
  );
}

/** Asks the server the same as libpq does for target_session_attrs. */
async function takesChanges(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    "show transaction_read_only",
  );
  return rows[0]?.transaction_read_only === "off";
}

function nameOf({ host, port }: DatabaseConfig["hosts"][number]): string {
  return `${host ?? "localhost"}:${port ?? 5432}`;
}

function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return oneLine(message === "" ? (code ?? "no answer") : message);
}

async function openWithOrWithoutTls(
  options: ClientConfig,
  plainTextAllowed: boolean,
  setup: string,
): Promise<Opened> {
  try {
    return { client: await open(options, setup), options };
  } catch (error) {
    if (!plainTextAllowed || !/does not support SSL/.test(String(error))) throw error;
  }
  const plain = { ...options, ssl: false };
  return { client: await open(plain, setup), options: plain };
}

async function open(options: ClientConfig, setup: string): Promise<Client> {
  const client = new Client(options);
  // Without a listener, a lost connection would end the process; the next query reports it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(setup);
    return client;
  } catch (error) {
    // An unfinished login would keep the process alive until the server ends it, after a minute.
    void disconnect(client);
    throw error;
  }
}
