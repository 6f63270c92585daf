// Draws a dashboard as Grafana lays it out, from what Prometheus answers to its panels.
import type { Panel } from "../support/monitoring-files.ts";
import { plotSeries, sparkline, type Frame } from "./draw-series.ts";
import { COLOURS, escaped, quantity, type Curve } from "./draw-words.ts";

export interface Answered {
  readonly panel: Panel;
  readonly curves: readonly Curve[];
}

const COLUMN = 40;
const ROW = 27;
const GAP = 8;
/** Opaque, so that it is read on a page of either colour. */
const STYLE = `text { font: 12px system-ui, sans-serif; fill: #4b5563 } .title { font-weight: 600; fill: #111827 }
.big { font-size: 30px; font-weight: 600 } .grid { stroke: #e5e7eb } .limit { stroke: #d93a3a; stroke-dasharray: 5 4 }`;

/** @param span Unix times in seconds */
export function drawDashboard(
  answered: readonly Answered[],
  span: { readonly from: number; readonly to: number },
): string {
  const width = 24 * COLUMN;
  const height = ROW * Math.max(...answered.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const panels = answered.map(({ panel, curves }) => {
    const { x, y, w, h } = panel.gridPos;
    const size = { ...span, width: w * COLUMN - GAP, height: h * ROW - GAP };
    const inside =
      panel.type === "stat" ? bigNumber(panel, curves, size) : plotSeries(panel, curves, size);
    return `<g transform="translate(${x * COLUMN + GAP / 2} ${y * ROW + GAP / 2})">
<rect width="${size.width}" height="${size.height}" rx="4" fill="#fff" stroke="#d1d5db"/>
<text class="title" x="12" y="21">${escaped(panel.title)}</text>
${inside}
</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>${STYLE}</style>
<rect width="${width}" height="${height}" fill="#f3f4f6"/>
${panels.join("\n")}
</svg>
`;
}

/** The last value, in the colour of the threshold that it has reached. */
function bigNumber(
  { fieldConfig: { defaults } }: Panel,
  curves: readonly Curve[],
  frame: Frame,
): string {
  const { width, height } = frame;
  const value = curves[0]?.points.at(-1)?.[1] ?? NaN;
  const reached = defaults.thresholds.steps.filter((step) => value >= (step.value ?? -Infinity));
  const mapped = defaults.mappings[0]?.options[String(value)]?.text;
  const fill = COLOURS[reached.at(-1)?.color ?? "green"] ?? "#111827";
  const words = mapped ?? quantity(value, defaults.unit);
  const past = curves[0] === undefined ? "" : sparkline(curves[0], fill, frame);
  return `${past}<text class="big" x="${width / 2}" y="${height / 2 + 15}" text-anchor="middle" style="fill:${fill}">${words}</text>`;
}
