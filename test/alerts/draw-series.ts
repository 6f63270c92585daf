// One panel over time: bars or lines, stacked or not, with axes, thresholds and a legend.
import type { Panel } from "../support/monitoring-files.ts";
import { escaped, quantity, type Curve } from "./draw-words.ts";

/** Size in pixels, and the Unix times in seconds of its sides. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
}

const MARGIN = { left: 46, right: 14, top: 34, bottom: 44 } as const;
const LEGEND_LETTER = 6.6;

/** What a number was before, below it and without axes. */
export function sparkline(
  { points }: Curve,
  colour: string,
  { width, height, from, to }: Frame,
): string {
  const most = Math.max(...points.map(([, value]) => value)) || 1;
  const x = (at: number) => round(((at - from) / (to - from)) * width);
  const tops = points.map(([at, value]) => `${x(at)} ${round(height - (value / most) * 26)}`);
  const area = `M${x(points[0]?.[0] ?? from)} ${height}L${tops.join("L")}V${height}Z`;
  return `<path fill="${colour}" fill-opacity="0.2" d="${area}"/>`;
}

export function plotSeries(
  { fieldConfig: { defaults } }: Panel,
  curves: readonly Curve[],
  { width, height, from, to }: Frame,
): string {
  const { drawStyle = "line", stacking, thresholdsStyle } = defaults.custom ?? {};
  const stacked = stack(curves, stacking?.mode === "normal");
  const limit =
    thresholdsStyle === undefined ? null : (defaults.thresholds.steps[1]?.value ?? null);
  const most = Math.max(
    1,
    limit ?? 0,
    ...stacked.flatMap(({ tops }) => tops.map(({ top }) => top)),
  );
  const scale = niceScale(most);
  const x = (at: number) =>
    round(MARGIN.left + ((at - from) / (to - from)) * (width - MARGIN.left - MARGIN.right));
  const floor = height - MARGIN.bottom;
  const y = (value: number) => round(floor - (value / scale.top) * (floor - MARGIN.top));

  const grid = scale.ticks.map(
    (tick) =>
      `<path class="grid" d="M${MARGIN.left} ${y(tick)}H${width - MARGIN.right}"/>` +
      text(MARGIN.left - 6, y(tick) + 4, quantity(tick, defaults.unit), "end"),
  );
  const hours = tensOfMinutes(from, to).map((at) => {
    const clock = new Date(at * 1000).toISOString().slice(11, 16);
    return text(x(at), floor + 16, clock, at === to ? "end" : "middle");
  });
  const shapes = stacked.map(({ colour, tops }) =>
    drawStyle === "bars"
      ? `<path stroke="${colour}" stroke-width="4.5" d="${tops
          .filter(({ top, base }) => top > base)
          .map(({ at, top, base }) => `M${x(at)} ${y(base)}V${y(top)}`)
          .join("")}"/>`
      : line(colour, tops, stacking?.mode === "normal", x, y),
  );
  const limitLine =
    limit === null
      ? ""
      : `<path class="limit" d="M${MARGIN.left} ${y(limit)}H${width - MARGIN.right}"/>`;
  return [...grid, ...hours, ...shapes, limitLine, legend(curves.filter(isSeen), height - 10)].join(
    "\n",
  );
}

interface Tops {
  readonly colour: string;
  readonly tops: readonly { readonly at: number; readonly base: number; readonly top: number }[];
}

function stack(curves: readonly Curve[], stacked: boolean): Tops[] {
  const heights = new Map<number, number>();
  return curves.map(({ colour, points }) => ({
    colour,
    tops: points.map(([at, value]) => {
      const base = stacked ? (heights.get(at) ?? 0) : 0;
      heights.set(at, base + value);
      return { at, base, top: base + value };
    }),
  }));
}

function line(
  colour: string,
  tops: Tops["tops"],
  filled: boolean,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  const upper = tops.map(({ at, top }) => `${x(at)} ${y(top)}`).join("L");
  const lower = tops
    .toReversed()
    .map(({ at, base }) => `${x(at)} ${y(base)}`)
    .join("L");
  return filled
    ? `<path fill="${colour}" fill-opacity="0.75" d="M${upper}L${lower}Z"/>`
    : `<path fill="none" stroke="${colour}" stroke-width="2" d="M${upper}"/>`;
}

/** What was zero all the time would only take room. */
export function isSeen({ points }: Curve): boolean {
  return points.some(([, value]) => value !== 0);
}

function legend(curves: readonly Curve[], y: number): string {
  let x = MARGIN.left;
  return curves
    .map(({ name, colour }) => {
      const at = x;
      x += 26 + name.length * LEGEND_LETTER;
      return `<rect x="${round(at)}" y="${y - 9}" width="10" height="10" fill="${colour}"/>${text(round(at) + 14, y, name, "start")}`;
    })
    .join("");
}

function tensOfMinutes(from: number, to: number): number[] {
  const first = Math.ceil(from / 600) * 600;
  return Array.from({ length: Math.floor((to - first) / 600) + 1 }, (_, n) => first + 600 * n);
}

/** At most four steps, of 1, 2 or 5 times a power of ten. */
function niceScale(most: number): { readonly top: number; readonly ticks: number[] } {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size * 4 >= most) ?? most;
  const count = Math.ceil(most / step);
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, n) => n * step) };
}

function text(x: number, y: number, words: string, anchor: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
