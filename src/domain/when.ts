// How times and durations are shown to people.
import { INFINITY, isEndless } from "./endless.ts";

/** Whole units, as in kubectl: 90s, 5m, 3h, 2d. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** Absolute and relative, such as `2026-01-31T08:00:00Z (5m ago)`, for readers without a clock at hand. */
export function formatMoment(at: Date, now: Date): string {
  if (isEndless(at)) return at === INFINITY ? "never" : "-infinity";
  const aheadMs = at.getTime() - now.getTime();
  const relative = aheadMs > 0 ? `in ${span(aheadMs)}` : `${span(-aheadMs)} ago`;
  return `${at.toISOString().replace(/\.\d+Z$/, "Z")} (${relative})`;
}
