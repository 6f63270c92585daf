// What a run did, in the counts of its report that say what became of jobs or rows.

/** In the names of the reports. Those that say only what a run looked at are not among them. */
export const RUN_OUTCOMES = {
  "retry-accounts": ["created", "adopted", "retried", "failed", "deferred", "rescued"],
  "purge-invitations": ["deleted"],
  "purge-jobs": ["deleted", "erased", "attempts", "runs"],
  "keys rotate": ["rotated", "held", "missing", "undecryptable", "tooLong"],
} as const;

export type WatchedCommand = keyof typeof RUN_OUTCOMES;

/** Every outcome of the command; 0 for one that the counts do not have. */
export function outcomesOf(command: WatchedCommand, counts: object): Record<string, number> {
  const found = new Map<string, unknown>(Object.entries(counts));
  return Object.fromEntries(
    RUN_OUTCOMES[command].map((name) => [name, Number(found.get(name) ?? 0)]),
  );
}
