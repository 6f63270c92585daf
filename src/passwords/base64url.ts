// Reads base64url as RFC 7515 has it: its alphabet alone, no padding.

/** @returns null for anything else, of which Buffer would read as much as it can */
export function decodeBase64url(text: unknown): Buffer | null {
  if (typeof text !== "string" || !/^[\w-]*$/.test(text) || text.length % 4 === 1) return null;
  return Buffer.from(text, "base64url");
}
