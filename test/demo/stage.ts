// The stage: a working folder, a real Postgres, an emulated Zitadel, and the built binary.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { startPostgres } from "../support/postgres.ts";
import { spawnZitadelEmulator, type ZitadelControl } from "../support/zitadel-emulator/index.ts";
import { copyOfBuild, linkPrograms } from "./build.ts";
import type { Narrator } from "./narrator.ts";
import { createShell, type Shell } from "./shell.ts";

/** By the names of the environment. */
interface Settings {
  readonly DATABASE_URL: string;
  readonly ZITADEL_URL: string;
  readonly ZITADEL_KEY_FILE: string;
  readonly PASSWORD_KEYS_FILE: string;
  readonly LOG_FORMAT: string;
}

export interface Stage {
  /** Removed at the end, with all that is in it. */
  readonly folder: string;
  /** Holds family-hub-jobs and fhj, for other terminals. */
  readonly programs: string;
  /** Files are named as seen from the folder. */
  readonly settings: Settings;
  readonly db: Pool;
  readonly zitadel: ZitadelControl;
  readonly zitadelAdminUrl: string;
  readonly shell: Shell;
}

const KEY_FILE = "zitadel-key.json";
const RING_FILE = "password-keys.json";

/** `strike` waits for what is still starting, stops everything, and may be called at any time. */
export function raiseStage(narrator: Narrator): { ready: Promise<Stage>; strike(): Promise<void> } {
  forgetOtherDatabases();
  let shell: Shell | null = null;
  const making = mkdtemp(join(tmpdir(), "family-hub-demo-"));
  const building = making.then((folder) => copyOfBuild(folder));
  const postgres = startPostgres();
  const zitadel = making.then((folder) =>
    spawnZitadelEmulator(["--key-file", join(folder, KEY_FILE)]),
  );
  const programs = making.then((folder) => linkPrograms(join(folder, "bin")));
  const pool = postgres.then(async (server) => {
    await server.createDatabase("family_hub");
    const db = new Pool({ connectionString: server.url("family_hub"), max: 2 });
    db.on("error", () => undefined);
    return { db, url: server.url("family_hub") };
  });

  const ready = (async (): Promise<Stage> => {
    const [folder, binary, bin, { db, url }, emulator] = await Promise.all([
      making,
      building,
      programs,
      pool,
      zitadel,
    ]);
    const settings = {
      DATABASE_URL: url,
      ZITADEL_URL: emulator.url,
      ZITADEL_KEY_FILE: KEY_FILE,
      PASSWORD_KEYS_FILE: RING_FILE,
      LOG_FORMAT: "pretty",
    };
    shell = createShell({ binary, folder, settings, narrator });
    const { control, adminUrl } = emulator;
    return {
      folder,
      programs: bin,
      settings,
      db,
      zitadel: control,
      zitadelAdminUrl: adminUrl,
      shell,
    };
  })();

  async function strike(): Promise<void> {
    await Promise.allSettled([ready]);
    await shell?.stop();
    await Promise.allSettled([
      pool.then(({ db }) => db.end()),
      postgres.then((server) => server.stop()),
      zitadel.then((emulator) => emulator.stop()),
    ]);
    await Promise.allSettled([building, programs]);
    await making.then((folder) => rm(folder, { recursive: true, force: true }));
  }
  return { ready, strike };
}

/** What the developer's shell says about other databases does not concern this one. */
function forgetOtherDatabases(): void {
  for (const name of Object.keys(process.env)) if (/^PG[A-Z]/.test(name)) delete process.env[name];
}
