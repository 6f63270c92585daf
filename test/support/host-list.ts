// DATABASE_URL with several hosts, as libpq writes them.
import type { PostgresServer } from "./postgres.ts";

/** A host that nobody is at before the others. @param target as target_session_attrs has it */
export function hostList(target: string, ...servers: PostgresServer[]): { DATABASE_URL: string } {
  const hosts = ["127.0.0.1:1", ...servers.map(({ port }) => `127.0.0.1:${port}`)];
  return {
    DATABASE_URL: `postgres://postgres@${hosts.join()}/family_hub?target_session_attrs=${target}`,
  };
}
