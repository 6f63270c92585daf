// Names password keys that jobs use and the ring lacks.

/** Only some of them: names come from the queue, and may be many and long. */
export function namedKeys(kids: readonly string[]): string {
  const shown = kids.slice(0, 5).map((kid) => JSON.stringify(kid.slice(0, 40)));
  return [...shown, ...(kids.length > 5 ? [`and ${kids.length - 5} more`] : [])].join(", ");
}
