// Debian's prometheus package: promtool as a child, and Prometheus itself over given samples.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CliResult } from "../support/cli.ts";
import { freePort } from "../support/postgres.ts";
import { runProgram } from "../support/scene.ts";

/** @throws saying what to install when there is none */
export async function promtool(args: readonly string[]): Promise<CliResult> {
  try {
    return await runProgram("promtool", args, {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("promtool is not installed: apt-get install prometheus", { cause: error });
  }
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Unix time in seconds, and the value as Prometheus writes it. */
  readonly values: readonly (readonly [number, string])[];
}

export interface Prometheus {
  /** A point each `stepS`, from `fromS` to `toS`, all in seconds. */
  queryRange(query: string, fromS: number, toS: number, stepS: number): Promise<Series[]>;
  stop(): Promise<void>;
}

/** @param openMetrics samples with times, which may be long ago */
export async function startPrometheus(openMetrics: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-prometheus-"));
  const [samples, data, config] = ["samples", "data", "empty.yaml"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(samples, openMetrics);
  await writeFile(config, "{}\n");
  const { code, stderr } = await promtool([
    ...["tsdb", "create-blocks-from", "openmetrics", samples, data],
  ]);
  if (code !== 0) throw new Error(`promtool took no samples: ${stderr}`);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    "prometheus",
    [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`],
      ...["--storage.tsdb.retention.time=100y", `--web.listen-address=${address}`],
    ],
    { stdio: "ignore" },
  );
  const failed = once(child, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  await Promise.race([failed, untilReady(address)]);

  return {
    queryRange: async (query, fromS, toS, stepS) => {
      const asked = new URLSearchParams({
        ...{ query, start: String(fromS), end: String(toS), step: String(stepS) },
      });
      const answer = await fetch(`http://${address}/api/v1/query_range?${asked}`);
      const { data: found, error } = (await answer.json()) as Answer;
      if (found === undefined) throw new Error(`${query}: ${error}`);
      return found.result;
    },
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Answer {
  readonly data?: { readonly result: Series[] };
  readonly error?: string;
}

async function untilReady(address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const ready = await fetch(`http://${address}/-/ready`).catch(() => null);
    if (ready?.ok === true) return;
    await sleep(50);
  }
  throw new Error("Prometheus does not answer");
}
