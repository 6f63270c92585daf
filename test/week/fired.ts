// When each alert was on, as Prometheus finds it in what runs wrote.
import { inFull } from "../alerts/in-full.ts";
import { startPrometheus } from "../alerts/promtool.ts";
import { alertRules } from "../support/monitoring-files.ts";
import { BEGINS_MS } from "./calendar.ts";

const BEGINS_S = BEGINS_MS / 1000;
const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60 };

/** The first and the last minute. */
export type OnFrom = readonly [number, number];

/** @returns by name, without the prefix that all share, when the alert is on; none that never is */
export async function firedIn(
  openMetrics: string,
  minutes: number,
): Promise<Record<string, readonly OnFrom[]>> {
  const prometheus = await startPrometheus(openMetrics);
  try {
    const fired: Record<string, readonly OnFrom[]> = {};
    for (const { alert, expr, for: holds } of alertRules().alerts) {
      const [, count = "", unit = ""] = /^(\d+)(\w)$/.exec(holds) ?? [];
      const needed = Number(count) * (MINUTES[unit] ?? NaN);
      const series = await prometheus.queryRange(
        inFull(expr),
        BEGINS_S + 60,
        BEGINS_S + minutes * 60,
        60,
      );
      const times = series.flatMap(({ values }) =>
        afterHolding(
          values.map(([time]) => (time - BEGINS_S) / 60),
          needed,
        ),
      );
      if (times.length > 0) fired[alert.replace("FamilyHubJobs", "")] = withoutGaps(times);
    }
    return fired;
  } finally {
    await prometheus.stop();
  }
}

/** Of the minutes in which a condition holds, those before which it has held for so many without a gap. */
function afterHolding(minutes: readonly number[], needed: number): number[] {
  const on: number[] = [];
  let since = NaN;
  let last = NaN;
  for (const minute of minutes) {
    if (minute !== last + 1) since = minute;
    last = minute;
    if (minute - since >= needed) on.push(minute);
  }
  return on;
}

/** @param minutes in any order */
function withoutGaps(minutes: readonly number[]): OnFrom[] {
  const spans: [number, number][] = [];
  for (const minute of [...new Set(minutes)].toSorted((a, b) => a - b)) {
    const open = spans.at(-1);
    if (open !== undefined && open[1] === minute - 1) open[1] = minute;
    else spans.push([minute, minute]);
  }
  return spans;
}
