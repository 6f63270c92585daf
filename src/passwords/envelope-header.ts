// Which key an envelope names, read from its first part: no decryption, no library.

const KEY_ID = /^[\x21-\x7e]{1,100}$/;

/** A key name is printable and has no blanks, so that any message can show it. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === "string" && KEY_ID.test(kid);
}

/**
 * @param jwe a compact JWE, or its first part
 * @returns null if it names no key, for example because it is not a JWE
 */
export function namedKey(jwe: string): string | null {
  const [header = ""] = jwe.split(".", 1);
  if (!/^[\w-]+$/.test(header)) return null;
  try {
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as {
      kid?: unknown;
    };
    return isKeyId(kid) ? kid : null;
  } catch {
    return null;
  }
}
