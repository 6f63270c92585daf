// How a quiet run speaks of a trouble that lasts over many runs.
import type { News } from "./news.ts";

/** To be put behind what is said of the trouble. */
export function lasting(news: News | null): string {
  if (news === null || news.kind === "began") return "";
  const { since, runs } = news;
  const from = `${since.toISOString().slice(0, 16)}Z`;
  const count = runs === 1 ? "1 run" : `${runs} runs`;
  return news.kind === "over"
    ? ` after the trouble since ${from} (${count})`
    : ` (since ${from}, ${count})`;
}
