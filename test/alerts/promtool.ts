// Debian's prometheus package: promtool as a child, and Prometheus itself over given samples.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CliResult } from "../support/cli.ts";
import { runProgram } from "../support/scene.ts";
import { start } from "./started.ts";

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
  const { url, stop } = await start("prometheus", "prometheus", "/-/ready", async (folder) => {
    const [samples, data, config] = ["samples", "data", "empty.yaml"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(samples, openMetrics);
    await writeFile(config, "{}\n");
    const { code, stderr } = await promtool([
      ...["tsdb", "create-blocks-from", "openmetrics", samples, data],
    ]);
    if (code !== 0) throw new Error(`promtool took no samples: ${stderr}`);
    return [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`],
      "--storage.tsdb.retention.time=100y",
    ];
  });

  return {
    queryRange: async (query, fromS, toS, stepS) => {
      const asked = new URLSearchParams({
        ...{ query, start: String(fromS), end: String(toS), step: String(stepS) },
      });
      const answer = await fetch(`${url}/api/v1/query_range?${asked}`);
      const { data: found, error } = (await answer.json()) as Answer;
      if (found === undefined) throw new Error(`${query}: ${error}`);
      return found.result;
    },
    stop,
  };
}

interface Answer {
  readonly data?: { readonly result: Series[] };
  readonly error?: string;
}
