// Trims as Go's strings.TrimSpace does: every kind of blank of Unicode, U+0085 and U+00A0 too.

/** JavaScript's own trim() leaves U+0085 and takes U+FEFF. */
export function trimSpace(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}
