// Reads a flag whose value is a time, or how long ago.
import { parseDuration } from "../config/units.ts";
import { UsageError } from "../errors.ts";
import type { Moment } from "../domain/moment.ts";

/** A time zone is required: otherwise the same command would select different jobs on different hosts. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** @throws UsageError as above */
export function readMoment(flag: string, text: string | undefined): Moment | null {
  if (text === undefined) return null;
  const agoMs = parseDuration(text);
  if (agoMs !== null) return { agoMs };
  const at = timeOf(text);
  if (at !== null) return at;
  throw new UsageError(
    `${flag} is "${text}": it must be a time such as 2026-01-31T08:00Z or 2026-01-31, or how long ago, such as 2h.`,
  );
}

/** @throws UsageError as above */
export function readTime(flag: string, text: string): Date {
  const at = timeOf(text);
  if (at !== null) return at;
  throw new UsageError(
    `${flag} is "${text}": it must be a time such as 2026-01-31T08:00Z or 2026-01-31.`,
  );
}

function timeOf(text: string): Date | null {
  const at = ISO.test(text) ? new Date(text) : new Date(Number.NaN);
  return !Number.isNaN(at.getTime()) && isDayOfCalendar(text.slice(0, 10)) ? at : null;
}

/** JavaScript reads 2026-02-30 as 2026-03-02. */
function isDayOfCalendar(day: string): boolean {
  return new Date(day).toISOString().startsWith(day);
}
