// The counts in a run's report that show what happened to jobs or rows.

/** The names in the reports, without counts of what a run only read. */
export const RUN_OUTCOMES = {
  "retry-accounts": ["created", "adopted", "retried", "failed", "deferred", "rescued", "refused"],
  "purge-invitations": ["deleted", "refused"],
  "purge-jobs": ["deleted", "erased", "attempts", "runs", "refused"],
  "keys rotate": ["rotated", "held", "missing", "undecryptable", "tooLong", "refused"],
} as const;

export type WatchedCommand = keyof typeof RUN_OUTCOMES;

/** Every outcome of the command; 0 if the counts do not have it. */
export function outcomesOf(command: WatchedCommand, counts: object): Record<string, number> {
  const found = new Map<string, unknown>(Object.entries(counts));
  // A report has the refused rows themselves under the name of the outcome, next to their number.
  found.set("refused", found.get("refusedCount"));
  return Object.fromEntries(
    RUN_OUTCOMES[command].map((name) => [name, Number(found.get(name) ?? 0)]),
  );
}
