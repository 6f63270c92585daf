// Draws what stands on a terminal as SVG: text that can be selected, readable on a light and a dark page.
import { atTerminalOf } from "../support/at-terminal.ts";
import type { Stretch } from "../support/screen.ts";

export interface Typed {
  readonly command: string;
  /** What it printed, a list of stretches for each line. */
  readonly lines: readonly (readonly Stretch[])[];
}

const COLUMN = 8;
const LINE = 19;
const MARGIN = 16;

interface Theme {
  readonly ground: string;
  readonly edge: string;
  /** By class; a colour of Screen has its name. */
  readonly text: Readonly<Record<string, string>>;
}

const LIGHT: Theme = {
  ...{ ground: "#f6f8fa", edge: "#d1d9e0" },
  text: {
    ...{ plain: "#1f2328", prompt: "#59636e", red: "#cf222e", green: "#1a7f37" },
    ...{ yellow: "#9a6700", blue: "#0969da", cyan: "#0b7285" },
  },
};

const DARK: Theme = {
  ...{ ground: "#0d1117", edge: "#3d444d" },
  text: {
    ...{ plain: "#e6edf3", prompt: "#9198a1", red: "#ff7b72", green: "#3fb950" },
    ...{ yellow: "#d29922", blue: "#58a6ff", cyan: "#39c5cf" },
  },
};

const STYLE = `text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre }
${rules(LIGHT)}
@media (prefers-color-scheme: dark) {
${rules(DARK)}
}`;

/** Types the commands on a terminal of `columns`, one after the other. */
export async function typeAll(
  commands: readonly string[],
  columns: number,
  env: Readonly<Record<string, string>>,
): Promise<Typed[]> {
  const session: Typed[] = [];
  for (const command of commands) {
    const { stretches } = await atTerminalOf({ columns }, command.split(" "), env);
    session.push({ command: `fhj ${command}`, lines: stretches() });
  }
  return session;
}

/** A terminal of `columns` in which the commands were typed one after the other. */
export function drawTerminal(session: readonly Typed[], columns: number): string {
  const lines = session.flatMap(({ command, lines: printed }, index) => [
    ...(index === 0 ? [] : [[]]),
    [
      { column: 0, text: "$", color: "prompt" },
      { column: 2, text: command, color: null },
    ],
    ...printed,
  ]);
  const [width, height] = [columns * COLUMN + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
  const title = session.map(({ command }) => command).join(", then ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A terminal: ${title}</title>
<style>
${STYLE}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${lines.flatMap((stretches, y) => stretches.map((stretch) => drawStretch(stretch, y))).join("\n")}
</svg>
`;
}

/** With its length, so that columns are aligned in any font. */
function drawStretch({ column, text, color }: Stretch, line: number): string {
  const [x, y] = [MARGIN + column * COLUMN, MARGIN + line * LINE + 14];
  const length = [...text].length * COLUMN;
  return `<text x="${x}" y="${y}" textLength="${length}" class="${color ?? "plain"}">${escaped(text)}</text>`;
}

function rules({ ground, edge, text }: Theme): string {
  const fills = Object.entries(text).map(([name, colour]) => `.${name} { fill: ${colour} }`);
  return [`rect { fill: ${ground}; stroke: ${edge} }`, ...fills].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
