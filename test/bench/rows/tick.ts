// A tick that finds nothing to do, compared with a plain script that takes the lock and runs the same query.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Queryable } from "../../../src/postgres/database.ts";
import { WHOLE_QUEUE } from "../../../src/postgres/lock-keys.ts";
import { surveyQueue } from "../../../src/retry/survey.sql.ts";
import { measureProcess, type Measured } from "../measure/process.ts";
import { alternate, ratios, roundMedians } from "../measure/rounds.ts";
import { spread } from "../measure/spread.ts";
import { atMost, type Row, type Verdict } from "../row.ts";
import type { BenchDatabase } from "../stage/database.ts";
import { peerScript } from "../stage/drain-scene.ts";
import type { Stage } from "../stage/stage.ts";

export const tick: Row = {
  name: "tick",
  run: async (stage, { rounds, pairs }) => {
    const db = await stage.copy(stage.template);
    try {
      const ticks = await alternate(await tickPrograms(stage, db), rounds * pairs);
      return { verdicts: judgeTicks("an empty queue", ticks, pairs) };
    } finally {
      await db.drop();
    }
  },
};

export async function tickPrograms(stage: Stage, { url }: BenchDatabase) {
  const survey = join(stage.folder, "survey.json");
  await writeFile(survey, JSON.stringify(await surveyStatement()));
  const env = { DATABASE_URL: url, BENCH_SURVEY_FILE: survey };
  return {
    ours: () => stage.ours(["retry-accounts", "-q"], env),
    plain: () => measureProcess(peerScript("plain-script"), [], env),
  };
}

export function judgeTicks(
  where: string,
  ticks: { readonly ours: readonly Measured[]; readonly plain: readonly Measured[] },
  pairs: number,
): Verdict[] {
  return (["wallMs", "cpuMs"] as const).map((measure) => {
    const samples = {
      ours: ticks.ours.map((run) => run[measure]),
      plain: ticks.plain.map((run) => run[measure]),
    };
    const ours = roundMedians(samples.ours, pairs);
    const plain = roundMedians(samples.plain, pairs);
    return {
      what: `tick with nothing due, ${where}: ${measure === "wallMs" ? "elapsed" : "CPU"} time`,
      ours: spread(ours, "ms"),
      theirs: `plain pg script ${spread(plain, "ms")}`,
      rounds: ratios(ours, plain),
      goal: atMost(measure === "wallMs" ? 1.1 : 1.15),
      samples,
    };
  });
}

/** The question itself, as the product asks it. */
async function surveyStatement(): Promise<{ text: string; values: readonly unknown[] }> {
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const listening: Queryable = {
    query: async (text, values = []) => {
      asked.push({ text, values });
      return [];
    },
  };
  await surveyQueue(listening, 300_000, WHOLE_QUEUE);
  const [statement] = asked;
  if (statement === undefined) throw new Error("the survey asks nothing");
  return statement;
}
