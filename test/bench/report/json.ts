// The same with every sample, for comparing runs, and where and how they were taken.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import type { Curve, Findings, Verdict } from "../row.ts";
import { judge, type Judgement } from "./judgement.ts";

export interface Circumstances {
  readonly scale: string;
  readonly sizes: object;
  readonly node: string;
  readonly postgres: string;
  readonly postgresSettings: readonly string[];
  readonly startedAt: string;
  readonly seconds: number;
  /** Of the system, over the last minute, when the run began and ended. */
  readonly load: readonly [number, number];
}

export interface Report extends Circumstances {
  readonly machine: {
    readonly cpus: number;
    readonly model: string;
    readonly memoryGb: number;
  };
  readonly rows: readonly (Verdict & Judgement)[];
  readonly curves: readonly Curve[];
}

export function reportOf(circumstances: Circumstances, { verdicts, curves }: Findings): Report {
  return {
    ...circumstances,
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? "",
      memoryGb: totalmem() / 2 ** 30,
    },
    rows: verdicts.map((verdict) => ({ ...verdict, ...judge(verdict) })),
    curves: curves ?? [],
  };
}

export async function writeJson(path: string, report: Report): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}
