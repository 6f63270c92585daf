// A real PgBouncer in transaction mode before the tests' Postgres.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../support/postgres.ts";

export interface Pooler {
  url(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** @param poolSize server connections for each database: fewer than clients, so that they are shared */
export async function startPgBouncer(postgresPort: number, poolSize: number): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-pgbouncer-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const ini = join(folder, "pgbouncer.ini");
  await writeFile(
    ini,
    `[databases]
* = host=127.0.0.1 port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
server_lifetime = 3600
; Idle server connections keep the name of their last client, for which the tests wait.
server_idle_timeout = 1
`,
  );
  // PgBouncer refuses to run as root, as Postgres does.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", [...user, ini], {
    stdio: "ignore",
    cwd: folder,
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
  });
  const failed = once(child, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  await Promise.race([failed, untilItAnswers(port)]);
  return {
    url: (databaseUrl) => {
      const url = new URL(databaseUrl);
      url.port = String(port);
      return url.href;
    },
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const client = new pg.Client({
      connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error("PgBouncer does not answer");
}
