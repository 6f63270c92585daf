// What all rounds share: a Postgres of its own that may be crashed, an emulated Zitadel, a key ring.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { generateKey } from "../../src/passwords/generate.ts";
import { parseKeyRing, type KeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import { spawnCli } from "../support/cli.ts";
import { startPostgres, type PostgresServer } from "../support/postgres.ts";
import { spawnZitadelEmulator, type SpawnedEmulator } from "../support/zitadel-emulator/index.ts";
import { startSilentProxy, type SilentProxy } from "./silent-proxy.ts";

export interface Stage {
  readonly postgres: PostgresServer;
  readonly zitadel: SpawnedEmulator;
  /** What the runs, and nobody else, go through to Postgres and to Zitadel. */
  readonly networks: { readonly postgres: SilentProxy; readonly zitadel: SilentProxy };
  readonly ring: KeyRing;
  /** Settings of a run on that database: everything short, so that a round takes seconds. */
  env(database: string): Record<string, string>;
  close(): Promise<void>;
}

export const LEASE_MS = 1500;
const TEMPLATE = "chaos_template";

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-chaos-"));
  const ringFile = join(folder, "ring.json");
  const ringText = JSON.stringify({ keys: [await generateKey("oct")] });
  await writeFile(ringFile, ringText, { mode: 0o600 });
  const networks = { postgres: await startSilentProxy(), zitadel: await startSilentProxy() };
  const extraAuthorities = [`127.0.0.1:${networks.zitadel.port}`];
  const [postgres, zitadel] = await Promise.all([
    startPostgres(),
    spawnZitadelEmulator(["--settings", JSON.stringify({ extraAuthorities })]),
  ]);
  networks.postgres.forwardTo(postgres.port);
  networks.zitadel.forwardTo(Number(new URL(zitadel.url).port));

  const env = (database: string) => ({
    DATABASE_URL: postgres
      .url(database)
      .replace(`:${postgres.port}/`, `:${networks.postgres.port}/`),
    ZITADEL_URL: `http://127.0.0.1:${networks.zitadel.port}`,
    ZITADEL_KEY_FILE: zitadel.keyFile,
    ZITADEL_RATE: "0",
    ZITADEL_TIMEOUT: "700ms",
    RETRY_LEASE: `${LEASE_MS}ms`,
    RETRY_DELAYS: "1ms,1ms,1ms,1ms,1ms",
    RETRY_CONCURRENCY: "4",
    PASSWORD_KEYS_FILE: ringFile,
  });
  await postgres.createDatabase(TEMPLATE);
  const migrated = await spawnCli(["migrate"], env(TEMPLATE));
  if (migrated.code !== 0) throw new Error(migrated.stderr);

  return {
    postgres,
    zitadel,
    networks,
    ring: parseKeyRing(new Secret(ringText), "chaos ring"),
    env,
    close: async () => {
      await Promise.all([networks.postgres.close(), networks.zitadel.close()]);
      await zitadel.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A fresh copy of the migrated database, and a connection to it that survives crashes. */
export async function openRoundDatabase(stage: Stage, name: string) {
  await stage.postgres.createDatabase(name, TEMPLATE);
  const pool = new pg.Pool({ connectionString: stage.postgres.url(name), max: 3 });
  pool.on("error", () => undefined);
  return {
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    /** A connection of one's own, for holding locks. */
    connect: () => pool.connect(),
    close: async () => {
      await pool.end();
      await stage.postgres.dropDatabase(name);
    },
  };
}

export type RoundDatabase = Awaited<ReturnType<typeof openRoundDatabase>>;
