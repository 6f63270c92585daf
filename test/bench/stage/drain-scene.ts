// The scene of a drain: one backlog in our queue and in each peer's, copied for every round.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { measureProcess } from "../measure/process.ts";
import { openDatabase, type BenchDatabase } from "./database.ts";
import { enqueueOurs, givenFamiliesOf, makeJobs } from "./due-jobs.ts";
import type { Stage } from "./stage.ts";
import { startInstantZitadel } from "./zitadel.ts";

const CONCURRENCY = 10;

type Peer = "graphile-worker" | "pg-boss";
type Opener = "jose" | "ours";

/** Each function drains a new copy of its backlog and returns how many milliseconds that took. */
export interface DrainScene {
  ours(this: void): Promise<number>;
  /** @param openWith what opens the passwords: jose, as the peer's users would, or this tool's own */
  peer(this: void, peer: Peer, mode: string, openWith?: Opener): Promise<number>;
  callLoop(this: void): Promise<number>;
  /** The same, opening each password before its call. */
  openAndCallLoop(this: void): Promise<number>;
  strike(): Promise<void>;
}

export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));
}

/** In one file, as it is in the built binary: a peer pays no more for loading it. */
async function buildOpener(folder: string): Promise<string> {
  const outfile = join(folder, "opener.mjs");
  const passwords = fileURLToPath(new URL("../../../src/passwords", import.meta.url));
  await build({
    stdin: {
      contents: `export { openEnvelope } from "./open-envelope.ts";
        export { parseKeyRing } from "./key-ring.ts";
        export { Secret } from "../secret.ts";`,
      resolveDir: passwords,
    },
    ...{ bundle: true, platform: "node", format: "esm", external: ["jose"], outfile },
  });
  return outfile;
}

export async function setDrainScene(
  stage: Stage,
  count: number,
  latencyMs: number,
  sealed: "passwords" | "hashes under a shared key" = "passwords",
): Promise<DrainScene> {
  const hashes = sealed !== "passwords";
  const jobs = await (hashes
    ? makeJobs(count, stage.oldRing, "hash")
    : makeJobs(count, stage.ring));
  const jobsFile = join(stage.folder, `jobs-${count}.json`);
  await writeFile(jobsFile, JSON.stringify(jobs));
  const zitadel = await startInstantZitadel(latencyMs);
  const env = {
    ...zitadel.env,
    PASSWORD_KEYS_FILE: stage.ringFile,
    BENCH_JOBS_FILE: jobsFile,
    BENCH_JOBS: String(count),
    BENCH_CONCURRENCY: String(CONCURRENCY),
    RETRY_CONCURRENCY: String(CONCURRENCY),
  };
  const opener = await buildOpener(stage.folder);
  const templates = new Set<string>();
  const template = async (name: string, fill: (db: BenchDatabase) => Promise<unknown>) => {
    const full = `drain_${name.replace("-", "_")}_${count}`;
    if (!templates.has(full)) {
      await stage.postgres.createDatabase(full, stage.template);
      const db = openDatabase(stage.postgres, full);
      await fill(db);
      await db.query("vacuum analyze");
      await db.close();
      templates.add(full);
    }
    return full;
  };

  /** @throws when not every job became a call and a user row */
  const drainCopy = async (from: string, drain: (db: BenchDatabase) => Promise<number>) => {
    const db = await stage.copy(from);
    const before = await zitadel.calls();
    await db.query("checkpoint");
    const ms = await drain(db);
    const users = await db.number("select count(*) from auth.users");
    const calls = (await zitadel.calls()) - before;
    await db.drop();
    if (users !== count || calls !== count) {
      throw new Error(`${from}: ${users} user rows and ${calls} calls for ${count} jobs`);
    }
    return ms;
  };

  return {
    ours: async () => {
      const from = await template("ours", (db) => enqueueOurs(db, jobs));
      return drainCopy(from, async ({ url }) => {
        const run = await stage.ours(["retry-accounts", "-q"], { ...env, DATABASE_URL: url });
        return run.wallMs;
      });
    },
    peer: async (peer, mode, openWith = "jose") => {
      const script = peerScript(peer);
      const from = await template(peer, async (db) => {
        await givenFamiliesOf(db, jobs);
        await measureProcess(script, ["prepare"], { ...env, DATABASE_URL: db.url });
      });
      return drainCopy(from, async ({ url }) => {
        const own = openWith === "ours" ? { BENCH_OPENER: opener } : {};
        const variables = { ...env, ...own, DATABASE_URL: url };
        return (await measureProcess(script, [mode], variables)).wallMs;
      });
    },
    callLoop: async () => (await measureProcess(peerScript("call-loop"), [], env)).wallMs,
    openAndCallLoop: async () =>
      (await measureProcess(peerScript("call-loop"), ["open"], env)).wallMs,
    strike: async () => {
      for (const name of templates) await stage.postgres.dropDatabase(name);
      await zitadel.stop();
    },
  };
}
