// What a run did, in the counts of its report that say what became of jobs or rows.

/** In the names of the reports. Those that say only what a run looked at are not among them. */
export const RUN_OUTCOMES = {
  "retry-accounts": ["created", "adopted", "retried", "failed", "deferred", "rescued", "refused"],
  "purge-invitations": ["deleted", "refused"],
  "purge-jobs": ["deleted", "erased", "attempts", "runs", "refused"],
  "keys rotate": ["rotated", "held", "missing", "undecryptable", "tooLong", "refused"],
} as const;

export type WatchedCommand = keyof typeof RUN_OUTCOMES;

/** Every outcome of the command; 0 for one that the counts do not have. */
export function outcomesOf(command: WatchedCommand, counts: object): Record<string, number> {
  const found = new Map<string, unknown>(Object.entries(counts));
  // Beside the number a report has the refused rows themselves, under the name of the outcome.
  found.set("refused", found.get("refusedCount"));
  return Object.fromEntries(
    RUN_OUTCOMES[command].map((name) => [name, Number(found.get(name) ?? 0)]),
  );
}
