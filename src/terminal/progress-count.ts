// The progress of a long run, as its work reports it.

export interface Progress {
  readonly done: number;
  /** null where counting what there is to do would take long; more may come meanwhile. */
  readonly total: number | null;
  /** What became of those that are done. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Called after every step, however short. */
export type OnProgress = (progress: Progress) => void;

/** What is counted only for its progress must not hold a run up. */
export const COUNT_TIMEOUT_MS = 1000;

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
