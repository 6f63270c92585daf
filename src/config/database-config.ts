// The address of Postgres: DATABASE_URL or libpq's PG* variables, with libpq's meaning of sslmode.
import { parse, type ConnectionOptions } from "pg-connection-string";
import {
  addressOfEach,
  readHostVariables,
  readTargetSession,
  type TargetSession,
} from "./database-hosts.ts";
import { shown, type SettingsReader } from "./settings-reader.ts";
import { ESCAPING, unescapedInPassword } from "./unescaped.ts";

export interface DatabaseConfig {
  /** Tried in this order at every connect. */
  readonly hosts: readonly ConnectionOptions[];
  readonly target: TargetSession;
  /** sslmode allow or prefer: plain text if the server offers no TLS. */
  readonly plainTextAllowed: boolean;
}

/** As in libpq: TLS if the server offers it. */
const DEFAULT_MODE = "prefer";
const SSL_MODES = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
  "no-verify",
];
const NOT_VALID = `is not a valid URL (${ESCAPING})`;
const UNVERIFIED = { rejectUnauthorized: false };

export function readDatabaseConfig(settings: SettingsReader): DatabaseConfig {
  const none: DatabaseConfig = {
    hosts: [parse("postgres:///")],
    target: "any",
    plainTextAllowed: true,
  };
  const url = readUrl(settings);
  if (url === null) return none;
  const wrong = (why: string) => {
    settings.fault(`DATABASE_URL ${why}: write it as postgres://user:password@host:5432/database.`);
    return none;
  };
  if (!/^postgres(ql)?:\/\//.test(url)) return wrong("does not begin with postgres://");
  const unescaped = unescapedInPassword(url);
  if (unescaped !== null) return wrong(`has an unescaped ${unescaped} in its password`);
  const addresses = addressOfEach(url);
  if (addresses.length > 1 && addresses.some((address) => /(@|\/\/)(:\d*)?[/?]/.test(address)))
    return wrong("has an empty entry in its list of hosts");
  for (const address of addresses) {
    if (!URL.canParse(address.replace("@/", "@localhost/").replace("///", "//localhost/")))
      return wrong(NOT_VALID);
  }
  const parameters = parametersOf(url);
  if (/,/.test(parameters.getAll("host").join())) {
    return wrong("lists hosts in its parameters");
  }
  const target = readTargetSession(parameters, settings);
  const complete = withSslVariables(url, settings);
  const mode = sslMode(complete);
  if (!SSL_MODES.includes(mode)) {
    // Text that was appended by mistake, such as `?password=`, is not quoted.
    const shown = /^[a-z_-]{1,12}$/i.test(mode) ? `"${mode}"` : "not a valid word";
    settings.fault(`sslmode is ${shown}: it must be one of ${SSL_MODES.join(", ")}.`);
    return none;
  }
  try {
    const several = url === "postgres:///" ? readHostVariables(settings) : null;
    return {
      hosts: addressOfEach(complete)
        .map((address) => connectionFor(address, mode))
        .flatMap((options) => several?.map((place) => ({ ...options, ...place })) ?? options),
      target,
      plainTextAllowed: isPlainTextAllowed(mode),
    };
  } catch (error) {
    // The parser's messages name modes, but a URL error quotes its input.
    if (error instanceof TypeError) return wrong(NOT_VALID);
    const { path, code } = error as NodeJS.ErrnoException;
    return wrong(
      path === undefined
        ? `cannot be used: ${firstLine(error)}`
        : `names ${shown(path)}, which cannot be read (${code ?? "unknown error"})`,
    );
  }
}

/** The last one counts, as in the parser; `ssl=true` is what drivers of other languages use. */
function sslMode(url: string): string {
  const parameters = parametersOf(url);
  const demanded = ["true", "1"].includes(parameters.get("ssl") ?? "");
  return parameters.getAll("sslmode").at(-1) ?? (demanded ? "verify-full" : DEFAULT_MODE);
}

function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split("?").slice(1).join("?"));
}

function isPlainTextAllowed(mode: string): boolean {
  return mode === "prefer" || mode === "allow";
}

/** As in libpq: "require" encrypts without verifying the server, "verify-full" verifies it. */
function connectionFor(url: string, mode: string): ConnectionOptions {
  const parsed = parse(url, { useLibpqCompat: mode !== "no-verify" });
  // The parser knows neither "allow" nor a default; without a value, the driver would read PGSSLMODE.
  if (isPlainTextAllowed(mode)) return { ...parsed, ssl: UNVERIFIED };
  if (mode === "disable") return { ...parsed, ssl: false };
  // Even if NODE_TLS_REJECT_UNAUTHORIZED=0 is set.
  const ssl = { rejectUnauthorized: true, ...(typeof parsed.ssl === "object" ? parsed.ssl : {}) };
  return { ...parsed, ssl };
}

/** @returns null, after noting the error, if no database is named */
function readUrl(settings: SettingsReader): string | null {
  // The driver itself reads the password.
  const cutOff = ["DATABASE_URL", "PGPASSWORD"].filter((name) => settings.isCutOff(name));
  if (cutOff.length > 0) return null;
  const url = settings.secret("DATABASE_URL")?.reveal() ?? null;
  // An unreadable file has already been reported.
  if (url !== null || settings.text("DATABASE_URL_FILE") !== null) return url;
  if (["PGHOST", "PGDATABASE", "PGUSER"].some((name) => settings.text(name) !== null)) {
    // The driver itself reads host, user, password and the other PG* variables, as libpq does.
    return "postgres:///";
  }
  const service = settings.text("PGSERVICE");
  settings.fault(
    (service === null
      ? "DATABASE_URL is not set"
      : "PGSERVICE is set, but service files are not read") +
      ": set DATABASE_URL (or DATABASE_URL_FILE, or PGHOST, PGDATABASE, PGUSER and PGPASSWORD) " +
      "to FamilyHub's database, such as postgres://user:password@host:5432/family_hub.",
  );
  return null;
}

/** PGSSLMODE and PGSSLROOTCERT apply if the URL does not set them. */
function withSslVariables(url: string, settings: SettingsReader): string {
  const added = new URLSearchParams();
  for (const [parameter, variable] of [
    ["sslmode", "PGSSLMODE"],
    ["sslrootcert", "PGSSLROOTCERT"],
  ] as const) {
    const value = settings.text(variable);
    const said = new RegExp(`[?&]${parameter}=`).test(url);
    if (value !== null && !said) added.set(parameter, value);
  }
  if (added.size === 0) return url;
  return `${url}${url.includes("?") ? "&" : "?"}${added.toString()}`;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
