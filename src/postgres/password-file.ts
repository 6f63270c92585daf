// Takes the password of a connection that has none from ~/.pgpass (or PGPASSFILE), as libpq does.
import { Client, type ClientConfig } from "pg";
import type { Connection } from "pgpass";

/**
 * The driver would read the file as well, but with a deprecation warning on stderr: its next version
 * leaves that to a function in the password's place.
 * @returns nothing to change where the driver has a password, of the options or of PGPASSWORD
 */
export function withPasswordFile(options: ClientConfig): Pick<ClientConfig, "password"> {
  return new Client(options).password === null ? { password: findInFile } : {};
}

/**
 * The driver calls it when a server asks for a password, and passes where it connects, which its type
 * leaves out. @returns nothing where the file has no line for that, as if the password were empty
 */
async function findInFile(connection?: Connection): Promise<string> {
  const { default: pgpass } = await import("pgpass");
  return new Promise((resolve) => {
    if (connection === undefined) resolve("");
    else pgpass(connection, (password) => resolve(password ?? ""));
  });
}
