// What is asked of the tick, the lists and the statistics on a large table.
import type { Measured } from "../measure/process.ts";
import { ratios, roundMedians } from "../measure/rounds.ts";
import { figure, median, spread } from "../measure/spread.ts";
import { atMost, type Verdict } from "../row.ts";
import { SEARCH, type ListCost } from "./queue-list.ts";
import { judgeTicks } from "./tick.ts";

export interface Measurement {
  readonly size: number;
  readonly programs: Readonly<Record<"ours" | "plain" | "list", readonly Measured[]>>;
  readonly list: readonly ListCost[];
  readonly stats: readonly number[];
}

const LIST_LIMIT_MS = 5;
const STATS_LIMIT_MS = 50;

export function judgeTable({ size, programs, list, stats }: Measurement, pairs: number): Verdict[] {
  const rows = `${figure(size)} jobs`;
  return [
    ...judgeTicks(rows, programs, pairs),
    judgePage(list, "first", rows),
    judgePage(list, "thousandth", rows),
    {
      what: `queue list --search in Postgres, ${rows}`,
      ...within(LIST_LIMIT_MS, list.find(({ name }) => name === SEARCH)?.first ?? []),
      limit:
        "It looks for a part of a name, for which no index of Postgres' own serves: it reads jobs from the newest on " +
        "until the page is full. pg_trgm would serve, an extension that migrate may not be able to install.",
    },
    judgeProcess(programs, pairs, rows),
    {
      what: `queue stats in Postgres, ${rows}`,
      ...within(STATS_LIMIT_MS, stats),
      limit:
        "It counts each open job, at about 1 µs; of this table one job in a hundred is open, which is a lot.",
    },
  ];
}

export function indexed(costs: readonly ListCost[]): readonly ListCost[] {
  return costs.filter(({ name }) => name !== SEARCH);
}

/** The slowest filter of each round. */
function judgePage(list: readonly ListCost[], page: "first" | "thousandth", rows: string): Verdict {
  const costs = indexed(list);
  const [worst] = costs.toSorted((a, b) => median(b[page]) - median(a[page]));
  const rounds = (worst?.[page] ?? []).map(
    (_, round) => Math.max(...costs.map((cost) => cost[page][round] ?? NaN)) / LIST_LIMIT_MS,
  );
  return {
    what: `queue list, ${page} page in Postgres, ${rows}, each filter but --search`,
    ours: `worst ${worst?.name}: ${spread(worst?.[page] ?? [], "ms")}`,
    theirs: `limit ${LIST_LIMIT_MS} ms`,
    rounds,
    goal: atMost(1),
    samples: Object.fromEntries(costs.map((cost) => [cost.name, cost[page]])),
  };
}

function judgeProcess(
  { list, ours }: Measurement["programs"],
  pairs: number,
  rows: string,
): Verdict {
  const samples = {
    list: list.map(({ wallMs }) => wallMs),
    tick: ours.map(({ wallMs }) => wallMs),
  };
  const lists = roundMedians(samples.list, pairs);
  const ticks = roundMedians(samples.tick, pairs);
  return {
    what: `queue list, whole process, ${rows}`,
    ours: spread(lists, "ms"),
    theirs: `idle tick ${spread(ticks, "ms")}`,
    rounds: ratios(lists, ticks),
    goal: atMost(1.2),
    limit:
      "A list loads the build with all commands and what draws tables; a tick the one with the scheduled commands.",
    samples,
  };
}

function within(limitMs: number, ms: readonly number[]): Omit<Verdict, "what"> {
  return {
    ours: spread(ms, "ms"),
    theirs: `limit ${limitMs} ms`,
    rounds: ms.map((each) => each / limitMs),
    goal: atMost(1),
    samples: { ours: ms },
  };
}
