// A queue that grows: the idle tick, the list and the statistics must cost the same at every size.
import { alternate } from "../measure/rounds.ts";
import { figure, median, spread } from "../measure/spread.ts";
import type { Sizes } from "../options.ts";
import { atMost, type Curve, type Findings, type Row, type Verdict } from "../row.ts";
import type { BenchDatabase } from "../stage/database.ts";
import { growQueue } from "../stage/large-table.ts";
import type { Stage } from "../stage/stage.ts";
import { measureList, type ListCost } from "./queue-list.ts";
import { measureStats } from "./queue-stats.ts";
import { judgeTicks, raceTicks } from "./tick.ts";

export const table: Row = {
  name: "table",
  run: async (stage, sizes) => {
    const db = await stage.copy(stage.template);
    try {
      const measured: Measurement[] = [];
      let size = 0;
      for (const next of sizes.tables) {
        await growQueue(db, size, next);
        size = next;
        process.stderr.write(`table: ${figure(size)} jobs\n`);
        measured.push(await measureAt(stage, db, size, sizes));
      }
      return conclude(measured);
    } finally {
      await db.drop();
    }
  },
};

type Measurement = Awaited<ReturnType<typeof measureAt>>;

async function measureAt(stage: Stage, db: BenchDatabase, size: number, sizes: Sizes) {
  const ticks = await raceTicks(stage, db, sizes.ticks);
  const env = { DATABASE_URL: db.url };
  const processes = await alternate(
    {
      list: () => stage.ours(["queue", "list"], env),
      tick: () => stage.ours(["retry-accounts", "-q"], env),
    },
    sizes.ticks,
  );
  return {
    size,
    ticks,
    listMs: processes.list.map(({ wallMs }) => wallMs),
    tickMs: processes.tick.map(({ wallMs }) => wallMs),
    list: await measureList(db),
    stats: await measureStats(db),
  };
}

function conclude(measured: readonly Measurement[]): Findings {
  const last = measured.at(-1);
  if (last === undefined) return { verdicts: [] };
  const rows = `${figure(last.size)} jobs`;
  const pages = (["first", "thousandth"] as const).map((page): Verdict => {
    const worst = indexed(last.list).toSorted((a, b) => b[page] - a[page]);
    const over = worst.filter((filter) => filter[page] > LIST_LIMIT_MS);
    const named = over.map((filter) => `${filter.name} ${figure(filter[page])}`).join(", ");
    return {
      what: `queue list, ${page} page in Postgres, ${rows}, each filter but --search`,
      ours: `worst ${worst[0]?.name}: ${figure(worst[0]?.[page] ?? NaN)} ms`,
      theirs: `${LIST_LIMIT_MS} ms${named === "" ? "" : `; over it: ${named}`}`,
      ratio: (worst[0]?.[page] ?? NaN) / LIST_LIMIT_MS,
      goal: atMost(1),
      samples: Object.fromEntries(
        indexed(last.list).map((filter) => [filter.name, [filter[page]]]),
      ),
    };
  });
  return {
    verdicts: [
      ...judgeTicks(rows, last.ticks),
      ...pages,
      judgeSearch(last, rows),
      {
        what: `queue list, whole process, ${rows}`,
        ours: spread(last.listMs, "ms"),
        theirs: `idle tick ${spread(last.tickMs, "ms")}`,
        ratio: median(last.listMs) / median(last.tickMs),
        goal: atMost(1.2),
        limit:
          "A list loads the build with all commands and what draws tables; a tick the one with the scheduled commands.",
        samples: { list: last.listMs, tick: last.tickMs },
      },
      {
        what: `queue stats in Postgres, ${rows}`,
        ours: `${figure(last.stats)} ms`,
        theirs: `${STATS_LIMIT_MS} ms`,
        ratio: last.stats / STATS_LIMIT_MS,
        goal: atMost(1),
        limit:
          "It counts each open job, at about 1 µs; of this table one job in a hundred is open, which is a lot.",
        samples: { ours: [last.stats] },
      },
    ],
    curves: curvesOf(measured),
  };
}

const SEARCH = "--search";

function indexed(costs: readonly ListCost[]): readonly ListCost[] {
  return costs.filter(({ name }) => name !== SEARCH);
}

function judgeSearch({ list }: Measurement, rows: string): Verdict {
  const ms = list.find(({ name }) => name === SEARCH)?.first ?? NaN;
  return {
    what: `queue list --search in Postgres, ${rows}`,
    ours: `${figure(ms)} ms`,
    theirs: `${LIST_LIMIT_MS} ms`,
    ratio: ms / LIST_LIMIT_MS,
    goal: atMost(1),
    limit:
      "It looks for a part of a name, for which no index of Postgres' own serves: it reads jobs from the newest on " +
      "until the page is full. pg_trgm would serve, an extension that migrate may not be able to install.",
    samples: { ours: [ms] },
  };
}

const LIST_LIMIT_MS = 5;
const STATS_LIMIT_MS = 50;

function curvesOf(measured: readonly Measurement[]): Curve[] {
  const curve = (what: string, cost: (at: Measurement) => number): Curve => ({
    what,
    unit: "ms",
    sizeOf: "jobs in the table",
    points: measured.map((at) => ({ size: at.size, cost: cost(at) })),
  });
  return [
    curve("tick, whole process", ({ ticks }) => median(ticks.ours.map(({ wallMs }) => wallMs))),
    curve("queue list, whole process", ({ listMs }) => median(listMs)),
    curve("queue list in Postgres, worst filter but --search", ({ list }) =>
      Math.max(...indexed(list).flatMap(({ first, thousandth }) => [first, thousandth])),
    ),
    curve("queue stats in Postgres", ({ stats }) => stats),
  ];
}
