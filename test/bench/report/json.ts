// The same with every sample, for comparing runs, and where and how they were taken.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { isMet, type Findings } from "../row.ts";

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

export async function writeJson(
  path: string,
  circumstances: Circumstances,
  findings: Findings,
): Promise<void> {
  const report = {
    ...circumstances,
    machine: { cpus: cpus().length, model: cpus()[0]?.model, memoryGb: totalmem() / 2 ** 30 },
    rows: findings.verdicts.map((verdict) => ({
      ...verdict,
      met: verdict.goal === null ? null : isMet(verdict),
    })),
    curves: findings.curves,
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}
