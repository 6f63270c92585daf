// A queue that grows: the idle tick, the list and the statistics must cost the same at every size.
import { alternate } from "../measure/rounds.ts";
import { figure, median } from "../measure/spread.ts";
import type { Sizes } from "../options.ts";
import type { Curve, Row } from "../row.ts";
import type { BenchDatabase } from "../stage/database.ts";
import { growQueue } from "../stage/large-table.ts";
import type { Stage } from "../stage/stage.ts";
import { measureList } from "./queue-list.ts";
import { measureStats } from "./queue-stats.ts";
import { indexed, judgeTable, type Measurement } from "./table-verdicts.ts";
import { tickPrograms } from "./tick.ts";

export const table: Row = {
  name: "table",
  run: async (stage, sizes) => {
    const db = await stage.copy(stage.template);
    try {
      const measured: Measurement[] = [];
      for (const [at, size] of sizes.tables.entries()) {
        await growQueue(db, sizes.tables[at - 1] ?? 0, size);
        process.stderr.write(`table: ${figure(size)} jobs\n`);
        // Of the smaller sizes only the curve is shown.
        const rounds = at === sizes.tables.length - 1 ? sizes.rounds : 1;
        measured.push(await measureAt(stage, db, size, { ...sizes, rounds }));
      }
      const last = measured.at(-1);
      return {
        verdicts: last === undefined ? [] : judgeTable(last, sizes.pairs),
        curves: curvesOf(measured),
      };
    } finally {
      await db.drop();
    }
  },
};

async function measureAt(
  stage: Stage,
  db: BenchDatabase,
  size: number,
  { rounds, pairs }: Sizes,
): Promise<Measurement> {
  const list = () => stage.ours(["queue", "list"], { DATABASE_URL: db.url });
  return {
    size,
    programs: await alternate({ ...(await tickPrograms(stage, db)), list }, rounds * pairs),
    list: await measureList(db, rounds),
    stats: await measureStats(db, rounds),
  };
}

function curvesOf(measured: readonly Measurement[]): Curve[] {
  const curve = (what: string, cost: (at: Measurement) => number): Curve => ({
    what,
    unit: "ms",
    sizeOf: "jobs in the table",
    points: measured.map((at) => ({ size: at.size, cost: cost(at) })),
  });
  const wall = (runs: readonly { readonly wallMs: number }[]) =>
    median(runs.map(({ wallMs }) => wallMs));
  return [
    curve("tick, whole process", ({ programs }) => wall(programs.ours)),
    curve("queue list, whole process", ({ programs }) => wall(programs.list)),
    curve("queue list in Postgres, worst filter but --search", ({ list }) =>
      Math.max(...indexed(list).flatMap((cost) => [median(cost.first), median(cost.thousandth)])),
    ),
    curve("queue stats in Postgres", ({ stats }) => median(stats)),
  ];
}
