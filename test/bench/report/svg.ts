// Draws the curves: what something costs against the size of what it works on, both axes logarithmic.
import { figure } from "../measure/spread.ts";
import type { Curve } from "../row.ts";

const PANEL = { width: 420, height: 220, left: 56, right: 40, top: 40, bottom: 40 } as const;
const COLUMNS = 2;
const STYLE = `text { font: 11px sans-serif; fill: #444 } .title { font-weight: bold; fill: #111 }
  .axis { stroke: #bbb } .line { fill: none; stroke: #2563eb; stroke-width: 1.5 } circle { fill: #2563eb }`;

/** A panel for each curve. */
export function plot(curves: readonly Curve[]): string {
  const drawn = curves.filter(({ points }) => points.length > 1);
  const width = COLUMNS * PANEL.width;
  const height = Math.ceil(drawn.length / COLUMNS) * PANEL.height;
  const panels = drawn.map((curve, at) => {
    const [x, y] = [(at % COLUMNS) * PANEL.width, Math.floor(at / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panel(curve)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}">
<style>${STYLE}</style>
<rect width="100%" height="100%" fill="#fff"/>
${panels.join("\n")}
</svg>
`;
}

function panel({ what, unit, sizeOf, points }: Curve): string {
  const { width, height, left, right, top, bottom } = PANEL;
  const x = scale(
    points.map(({ size }) => size),
    left,
    width - right,
  );
  // Two decades at least: what is flat is to look flat.
  const y = scale(
    points.map(({ cost }) => cost),
    height - bottom,
    top,
    100,
  );
  const at = points.map(({ size, cost }) => `${round(x.place(size))},${round(y.place(cost))}`);
  const ticks = [
    ...x.ticks.map((n) => text(x.place(n), height - bottom + 14, figure(n), "middle")),
    ...y.ticks.map((n) => text(left - 6, y.place(n) + 4, figure(n), "end")),
  ];
  return [
    text(left, 18, what, "start", "title"),
    text(left, 32, unit, "start"),
    text(width - right, height - 8, sizeOf, "end"),
    `<path class="axis" fill="none" d="M${left},${top}V${height - bottom}H${width - right}"/>`,
    ...ticks,
    `<polyline class="line" points="${at.join(" ")}"/>`,
    ...at.map(
      (point) => `<circle r="2.5" cx="${point.split(",")[0]}" cy="${point.split(",")[1]}"/>`,
    ),
  ].join("");
}

/** Whole powers of ten around the values. */
function scale(values: readonly number[], from: number, to: number, atLeast = 10) {
  const first = Math.floor(Math.log10(Math.max(Math.min(...values), 1e-3)));
  const needed = Math.ceil(Math.log10(Math.max(...values)));
  const last = Math.max(needed, first + Math.log10(atLeast));
  return {
    place: (value: number) =>
      from + ((Math.log10(Math.max(value, 1e-3)) - first) / (last - first)) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n)),
  };
}

function text(x: number, y: number, words: string, anchor: string, kind = ""): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" class="${kind}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
