// The progress of a long run, as its work reports it.

export interface Progress {
  readonly done: number;
  /** null if counting would take long; more may be added during the run. */
  readonly total: number | null;
  /** The results of those that are done. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Called after every step, however short. */
export type OnProgress = (progress: Progress) => void;

/** Counting for the progress display must not delay a run. */
export const COUNT_TIMEOUT_MS = 1000;

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
