// What all rows share: a Postgres of its own, a key ring, and databases made from templates.
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKey } from "../../../src/passwords/generate.ts";
import { parseKeyRing, type KeyRing } from "../../../src/passwords/key-ring.ts";
import { Secret } from "../../../src/secret.ts";
import { startPostgres, type PostgresServer } from "../../support/postgres.ts";
import { measureProcess, type Measured } from "../measure/process.ts";
import { openDatabase, type BenchDatabase } from "./database.ts";

/**
 * Like the tests' server, but durable, as in production: a program that commits each job separately waits for
 * the disk each time. The rest is what 10,000,000 rows ask of any server.
 */
export const POSTGRES_SETTINGS = [
  "fsync=on",
  "full_page_writes=on",
  "shared_buffers=512MB",
  "max_wal_size=4GB",
  "maintenance_work_mem=256MB",
  "jit=off",
] as const;

export interface Stage {
  readonly postgres: PostgresServer;
  readonly folder: string;
  readonly ringFile: string;
  /** An EC key first, as `keys generate` makes it, then a shared one. */
  readonly ring: KeyRing;
  /** The shared one only. */
  readonly oldRing: KeyRing;
  /** Names an empty, migrated database. */
  readonly template: string;
  /** A copy of the template; drop it. */
  copy(template: string): Promise<BenchDatabase>;
  /** Runs the built binary. */
  ours(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    onSpawn?: (child: ChildProcess) => void,
  ): Promise<Measured>;
  close(): Promise<void>;
}

const BINARY = fileURLToPath(new URL("../../../dist/bin/family-hub-jobs.js", import.meta.url));

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-bench-"));
  const ringFile = join(folder, "ring.json");
  const [first, old] = [await generateKey("EC"), await generateKey("oct")];
  const ringText = JSON.stringify({ keys: [first, old] });
  await writeFile(ringFile, ringText, { mode: 0o600 });
  const postgres = await startPostgres(POSTGRES_SETTINGS);
  const ours: Stage["ours"] = (args, env, onSpawn) =>
    measureProcess(BINARY, args, { ...DEFAULTS, PASSWORD_KEYS_FILE: ringFile, ...env }, onSpawn);

  const template = "empty";
  await postgres.createDatabase(template);
  await ours(["migrate"], { DATABASE_URL: postgres.url(template) });
  let copies = 0;
  return {
    postgres,
    folder,
    ringFile,
    ring: ringOf(ringText),
    oldRing: ringOf(JSON.stringify({ keys: [old] })),
    template,
    ours,
    copy: async (from) => {
      const name = `copy_${(copies += 1)}`;
      await postgres.createDatabase(name, from);
      return openDatabase(postgres, name);
    },
    close: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ringOf(text: string): KeyRing {
  return parseKeyRing(new Secret(text), "the benchmark's ring");
}

/** For rows that never reach Zitadel. */
const DEFAULTS = {
  ZITADEL_URL: "http://127.0.0.1:9",
  ZITADEL_TOKEN: "a-personal-access-token",
  ZITADEL_ORG_ID: "320000000000000001",
  LOG_FORMAT: "json",
};
