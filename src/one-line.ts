// Makes harmless on a terminal what strangers wrote: names, errors, what another server said.

/** No character may move the cursor, begin a command to the terminal, or turn the line around. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ");
}
