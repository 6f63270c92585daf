// What a verb that takes ids did to each of them.

export interface Skip {
  readonly id: string;
  readonly reason: string;
  /** false for an id that no job has. */
  readonly found: boolean;
}

export interface DoneById {
  readonly done: readonly string[];
  readonly skipped: readonly Skip[];
}

export function eachOnce(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

/**
 * In the order in which the ids were given.
 * @param others what the jobs that were left alone are instead
 */
export function doneById<Other>(
  ids: readonly string[],
  done: readonly string[],
  others: ReadonlyMap<string, Other>,
  reasonFor: (other: Other) => string,
): DoneById {
  const did = new Set(done);
  const skipped = ids
    .filter((id) => !did.has(id))
    .map((id) => {
      const other = others.get(id);
      return other === undefined
        ? { id, reason: "not found", found: false }
        : { id, reason: reasonFor(other), found: true };
    });
  return { done: ids.filter((id) => did.has(id)), skipped };
}
