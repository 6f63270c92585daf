// Reads the written forms of settings: durations, rates, percentages, counts.

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_MS = 3650 * UNIT_MS.d;
/** Node's timers hold 2^31 - 1 ms; a longer one fires at once. */
const LONGEST_TIMER_MS = 24 * UNIT_MS.d;

export const DURATION_FORM = "a whole number with a unit, such as 90s, 5m, 4h or 30d";

/** @returns milliseconds, or null if the text is not a duration */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const ms = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : null;
}

export const TIMER_FORM = `${DURATION_FORM.replace(" or 30d", "")}, more than 0 and at most 24d`;

/** For waiting times: a duration that fits a timer. */
export function parseTimer(text: string): number | null {
  const ms = parseDuration(text);
  return ms !== null && ms > 0 && ms <= LONGEST_TIMER_MS ? ms : null;
}

export const RETENTION_FORM = "a whole number with a unit, such as 30d, and at least 1d";

/** For retention: a mistaken unit must not delete what was done today. */
export function parseRetention(text: string): number | null {
  const ms = parseDuration(text);
  return ms !== null && ms >= UNIT_MS.d ? ms : null;
}

export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (ms >= UNIT_MS[unit] && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

export const RATE_FORM =
  "calls per second, minute or hour such as 40/s or 300/m, or 0 for no limit";

/** @returns calls per second, Infinity for `0`, or null if the text is not a rate */
export function parseRate(text: string): number | null {
  if (text.trim() === "0") return Infinity;
  const [, digits, unit] = /^(\d{1,9})\/(s|m|h)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined || Number(digits) === 0) return null;
  return (Number(digits) * 1000) / UNIT_MS[unit as "s" | "m" | "h"];
}

/** @returns a fraction: `10%` is 0.1, `0` is 0 */
export function parsePercent(text: string): number | null {
  const [, digits] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text.trim()) ?? [];
  if (text.trim() === "0") return 0;
  if (digits === undefined || Number(digits) > 100) return null;
  return Number(digits) / 100;
}

export function parseCount(text: string, least: number, most: number): number | null {
  if (!/^\d{1,9}$/.test(text.trim())) return null;
  const count = Number(text);
  return count >= least && count <= most ? count : null;
}
