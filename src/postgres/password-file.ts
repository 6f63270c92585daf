// If a connection has no password, takes it from ~/.pgpass (or PGPASSFILE), as libpq does.
import { Client, type ClientConfig } from "pg";
import type { Connection } from "pgpass";

/**
 * The driver would read the file, too, but with a deprecation warning on stderr: its next version expects a
 * function as the password.
 * @returns an empty object if the driver has a password, from the options or PGPASSWORD
 */
export function withPasswordFile(options: ClientConfig): Pick<ClientConfig, "password"> {
  return new Client(options).password === null ? { password: findInFile } : {};
}

/**
 * The driver calls this when a server asks for a password, and passes its connection, which its type leaves
 * out.
 * @returns an empty password if the file has no matching line
 */
async function findInFile(connection?: Connection): Promise<string> {
  const { default: pgpass } = await import("pgpass");
  return new Promise((resolve) => {
    if (connection === undefined) resolve("");
    else pgpass(connection, (password) => resolve(password ?? ""));
  });
}
