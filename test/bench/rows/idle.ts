// An hour with nothing to do: sixty ticks of ours, compared with the workers of the peers, which keep
// running.
import { writeFile } from "node:fs/promises";
import { measureProcess } from "../measure/process.ts";
import { figure, median } from "../measure/spread.ts";
import type { Sizes } from "../options.ts";
import { atMost, type Row, type Verdict } from "../row.ts";
import { peerScript } from "../stage/drain-scene.ts";
import type { Stage } from "../stage/stage.ts";

const TICKS_AN_HOUR = 60;
const HOUR_MS = 3_600_000;
const PEERS = ["graphile-worker", "pg-boss"] as const;

interface Hour {
  readonly cpuSeconds: number;
  /** On average over the hour: ours is gone between two ticks. */
  readonly residentMb: number;
}

/** Some ticks and some minutes are measured, and scaled to an hour. */
export const idle: Row = {
  name: "idle",
  run: async (stage, sizes) => {
    const ours = await hourOfTicks(stage, sizes.idleTicks);
    const workers: Hour[] = [];
    for (const peer of PEERS) workers.push(await hourOfWorker(stage, peer, sizes));
    return {
      verdicts: [
        judge("CPU time", "s", ours, workers, ({ cpuSeconds }) => cpuSeconds),
        judge("resident memory, on average", "MB", ours, workers, ({ residentMb }) => residentMb),
      ],
    };
  },
};

async function hourOfTicks(stage: Stage, ticks: number): Promise<Hour> {
  const db = await stage.copy(stage.template);
  const runs = [];
  for (let n = 0; n < ticks; n += 1) {
    runs.push(await stage.ours(["retry-accounts", "-q"], { DATABASE_URL: db.url }));
  }
  await db.drop();
  const cpuMs = median(runs.map((run) => run.cpuMs));
  // As if it held its peak all its life.
  const mbMs = median(runs.map((run) => run.peakMb * run.wallMs));
  return {
    cpuSeconds: (cpuMs * TICKS_AN_HOUR) / 1000,
    residentMb: (mbMs * TICKS_AN_HOUR) / HOUR_MS,
  };
}

async function hourOfWorker(
  stage: Stage,
  peer: (typeof PEERS)[number],
  sizes: Sizes,
): Promise<Hour> {
  const db = await stage.copy(stage.template);
  const noJobs = `${stage.folder}/no-jobs.json`;
  await writeFile(noJobs, "[]");
  const env = {
    DATABASE_URL: db.url,
    BENCH_JOBS_FILE: noJobs,
    BENCH_IDLE_MS: String(sizes.idleSeconds * 1000),
  };
  const script = peerScript(peer);
  await measureProcess(script, ["prepare"], env);
  const { stdout } = await measureProcess(script, ["idle"], env);
  await db.drop();
  const seen = JSON.parse(stdout) as { cpuMs: number; elapsedMs: number; residentMb: number };
  return {
    cpuSeconds: ((seen.cpuMs / seen.elapsedMs) * HOUR_MS) / 1000,
    residentMb: seen.residentMb,
  };
}

function judge(
  what: string,
  unit: string,
  ours: Hour,
  workers: readonly Hour[],
  of: (hour: Hour) => number,
): Verdict {
  const least = Math.min(...workers.map(of));
  const named = PEERS.map((peer, at) => `${peer} ${figure(of(workers[at] ?? ours))} ${unit}`);
  return {
    what: `an idle hour (scaled): ${what}`,
    ours: `${figure(of(ours))} ${unit}`,
    theirs: named.join(", "),
    rounds: [of(ours) / least],
    goal: atMost(1),
    samples: {
      ours: [of(ours)],
      ...Object.fromEntries(PEERS.map((peer, at) => [peer, workers.slice(at, at + 1).map(of)])),
    },
  };
}
