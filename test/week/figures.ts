// What a trial counted, in a few lines for docs/monitoring.md.
import type { OnFrom } from "./fired.ts";
import { isMail, type Lived } from "./week.ts";

export interface Figures {
  readonly lived: Lived;
  readonly fired: Readonly<Record<string, readonly OnFrom[]>>;
  readonly tookMs: number;
}

export function describeFigures({ lived, fired, tookMs }: Figures): string {
  const { ticks, expected } = lived;
  const commands = [...new Set(ticks.map(({ command }) => command))];
  const runsOf = (name: string) => ticks.filter(({ command }) => command === name).length;
  const alerts = Object.entries(fired).map(([name, spans]) => `${name} ${spans.length}`);
  return [
    `${ticks.length} runs: ${commands.map((name) => `${name} ${runsOf(name)}`).join(", ")}`,
    `${expected.completed.size} jobs completed, ${expected.failed.size} failed`,
    `${ticks.filter(isMail).length} mails`,
    `alerts: ${alerts.join(", ")}`,
    `${(tookMs / 60_000).toFixed(1)} minutes, ${(tookMs / ticks.length).toFixed(0)} ms a run`,
  ].join("\n");
}
