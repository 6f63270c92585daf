// Which key an envelope names, told from its header alone and without any key.

/** What may be shown: a stranger may have written the header. */
const KEY_ID = /^[\x21-\x7e]{1,100}$/;

export function isKeyId(kid: unknown): kid is string {
  return typeof kid === "string" && KEY_ID.test(kid);
}

/** @param header the first part of a compact JWE; null when the key is not named, or not nameable */
export function keyIdOf(header: string): string | null {
  try {
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as {
      kid?: unknown;
    };
    return isKeyId(kid) ? kid : null;
  } catch {
    return null;
  }
}
