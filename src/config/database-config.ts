// Where Postgres is: DATABASE_URL or libpq's PG* variables, with libpq's meaning of sslmode.
import { parse, type ConnectionOptions } from "pg-connection-string";
import type { SettingsReader } from "./settings-reader.ts";

export interface DatabaseConfig {
  readonly connection: ConnectionOptions;
  /** sslmode allow or prefer: plain text where the server offers no TLS. */
  readonly plainTextAllowed: boolean;
}

const SSL_MODES = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
  "no-verify",
];

export function readDatabaseConfig(settings: SettingsReader): DatabaseConfig {
  const url = settings.secret("DATABASE_URL")?.reveal() ?? urlFromLibpqVariables(settings);
  const none: DatabaseConfig = { connection: parse("postgres:///"), plainTextAllowed: true };
  if (url === null) return none;
  const wrong = (why: string) => {
    settings.fault(`DATABASE_URL ${why}: write it as postgres://user:password@host:5432/database.`);
    return none;
  };
  if (!/^postgres(ql)?:\/\//.test(url)) return wrong("does not begin with postgres://");
  if (!URL.canParse(url.replace("///", "//localhost/"))) return wrong("is no URL");
  const mode = /[?&]sslmode=([^&]*)/.exec(url)?.[1] ?? "disable";
  if (!SSL_MODES.includes(mode)) {
    settings.fault(`sslmode is "${mode}": it must be one of ${SSL_MODES.join(", ")}.`);
    return none;
  }
  try {
    // libpq's meanings: "require" encrypts without asking who is there, "verify-full" asks.
    const connection = parse(url, { useLibpqCompat: mode !== "no-verify" });
    return { connection, plainTextAllowed: mode === "prefer" || mode === "allow" };
  } catch (error) {
    // The parser's messages name files and modes, but an URL error quotes its input.
    const reason = error instanceof TypeError ? "is no URL" : `cannot be used: ${firstLine(error)}`;
    return wrong(reason);
  }
}

/** @returns null, with the fault noted, where nothing says which database is meant */
function urlFromLibpqVariables(settings: SettingsReader): string | null {
  const given = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGUSER", "PGSERVICE"];
  if (!given.some((name) => settings.text(name) !== null)) {
    settings.fault(
      "DATABASE_URL is not set: set it (or DATABASE_URL_FILE, or PGHOST, PGDATABASE, PGUSER and " +
        "PGPASSWORD) to FamilyHub's database, such as postgres://user:password@host:5432/family_hub.",
    );
    return null;
  }
  // Host, user, password and the rest of PG* are read by the driver itself, as libpq does.
  const query = new URLSearchParams();
  const mode = settings.text("PGSSLMODE");
  const rootCert = settings.text("PGSSLROOTCERT");
  if (mode !== null) query.set("sslmode", mode);
  if (rootCert !== null) query.set("sslrootcert", rootCert);
  return `postgres:///${mode === null && rootCert === null ? "" : `?${query.toString()}`}`;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
