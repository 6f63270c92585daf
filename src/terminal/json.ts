// JSON as text that is also harmless on a terminal.

const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * `JSON.stringify` escapes control characters only below U+0020, but U+009B alone begins a terminal command,
 * and other characters reverse text. Parsing this text gives the same value.
 */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
