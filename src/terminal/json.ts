// JSON as text that is harmless on a terminal too.

const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * `JSON.stringify` escapes control characters below U+0020 only, while U+009B alone begins a command
 * to a terminal and others turn a line around. Anyone who parses the text gets the same value.
 */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
