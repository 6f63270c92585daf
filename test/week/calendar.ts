// What happens when: all of it within a night, or spread over a week.

const DAY = 1440;

/** Midnight of a Monday, so that minutes of a day are those of the clock in UTC. */
export const BEGINS_MS = Date.UTC(2026, 2, 2);

/** In minutes since the beginning. */
export interface Span {
  readonly begins: number;
  readonly ends: number;
}

/** In minutes since the beginning. */
export interface Calendar {
  readonly minutes: number;
  /** Each so many-th run is a process of its own; the others are calls. */
  readonly processEach: number;
  /** Nobody answers; then the standby does, which lacks what was committed last. */
  readonly failover: Span;
  readonly pause: Span;
  readonly outage: Span;
  /** Passwords are sealed with a new key from its begin on; at its end the old key is taken away. */
  readonly rotation: Span;
  /** The program is there before its migration. */
  readonly deployment: Span;
  /** Completed jobs and runs are kept for so long. */
  readonly retention: number;
}

const span = (begins: number, takes: number): Span => ({ begins, ends: begins + takes });

export const NIGHT: Calendar = {
  minutes: 480,
  processEach: 1,
  failover: span(100, 2),
  pause: span(110, 40),
  outage: span(240, 120),
  rotation: span(270, 40),
  deployment: span(400, 2),
  retention: DAY,
};

export const WEEK: Calendar = {
  minutes: 7 * DAY,
  processEach: 10,
  failover: span(DAY + 400, 2),
  pause: span(2 * DAY + 450, 45),
  outage: span(3 * DAY + 540, 300),
  rotation: span(3 * DAY + 600, 40),
  deployment: span(5 * DAY + 900, 2),
  retention: 2 * DAY,
};

/** Minutes of the day, as crontab.example has them: 03:00 and 03:37. */
const PURGES: Readonly<Record<number, string>> = { 180: "purge-invitations", 217: "purge-jobs" };

export function purgeAt(minute: number): string | null {
  return PURGES[minute % DAY] ?? null;
}

/** @returns the minute of the last purge of that name */
export function lastPurge({ minutes }: Calendar, name: string): number {
  let minute = minutes - 1;
  while (purgeAt(minute) !== name) minute -= 1;
  return minute;
}

export function isIn({ begins, ends }: Span, minute: number): boolean {
  return begins <= minute && minute < ends;
}

/** When runs cannot do what is due. */
export function troubles(calendar: Calendar): readonly Span[] {
  return [calendar.failover, calendar.pause, calendar.outage, calendar.deployment];
}
