// Decodes base64url as in RFC 7515: only its own alphabet, without padding.

/** @returns null for any other text, of which Buffer would decode as much as it can */
export function decodeBase64url(text: unknown): Buffer | null {
  if (typeof text !== "string" || !/^[\w-]*$/.test(text) || text.length % 4 === 1) return null;
  return Buffer.from(text, "base64url");
}
