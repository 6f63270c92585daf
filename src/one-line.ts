// Makes text from others harmless on a terminal: names, errors, answers of another server.

/** No character may move the cursor, begin a terminal command, or reverse the text. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ");
}
