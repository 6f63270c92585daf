// How long it takes, compared with one statement that does the same.
import { alternate, ratios } from "../../measure/rounds.ts";
import { spread } from "../../measure/spread.ts";
import { atMost, type Verdict } from "../../row.ts";
import { timed, type SweepScene } from "./scene.ts";

export async function judgeWalls(
  { sweep, what, onCopy, run }: SweepScene,
  rounds: number,
): Promise<Verdict[]> {
  const { oneStatement } = sweep;
  if (oneStatement === null) return [];
  const times = await alternate(
    {
      ours: () => onCopy(run),
      statement: () => onCopy((db) => timed(db, oneStatement)),
    },
    rounds,
  );
  return [
    {
      what,
      ours: spread(times.ours, "ms"),
      theirs: `one statement ${spread(times.statement, "ms")}`,
      rounds: ratios(times.ours, times.statement),
      goal: atMost(2),
      limit:
        "Each batch locks its rows before it changes them, to pass over those that others hold, and commits.",
      samples: times,
    },
  ];
}
