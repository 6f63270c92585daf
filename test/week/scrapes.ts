// What a Prometheus that scrapes once a minute stores of the files that runs write.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSamples } from "../support/prometheus-text.ts";

/** The labels that a scrape adds. */
const SCRAPED_AS = 'instance="jobs-1:9100",job="node"';

export interface Scrapes {
  /** @param atS Unix time in seconds */
  take(folder: string, atS: number): void;
  openMetrics(): string;
}

export function startScrapes(): Scrapes {
  const stored = new Map<string, string[]>();
  return {
    take: (folder, atS) => {
      for (const file of readdirSync(folder)) {
        for (const [key, value] of readSamples(readFileSync(join(folder, file), "utf8"))) {
          const [, name = "", labels] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? [];
          const lines = stored.get(name) ?? [];
          stored.set(name, lines);
          const own = labels === undefined ? "" : `${labels},`;
          lines.push(`${name}{${own}${SCRAPED_AS}} ${value} ${atS}`);
        }
      }
    },
    openMetrics: () => {
      const families = [...stored].map(
        ([name, lines]) => `# TYPE ${name} gauge\n${lines.join("\n")}\n`,
      );
      return `${families.join("")}# EOF\n`;
    },
  };
}
