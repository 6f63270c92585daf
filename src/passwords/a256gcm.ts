// Decrypts AES-256-GCM as a JWE uses it (RFC 7518, 5.3): an IV of 96 bits, a tag of 128.
import { createDecipheriv } from "node:crypto";

const [IV_BYTES, TAG_BYTES] = [12, 16];

export interface Sealed {
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
  /** Data that was authenticated, but not encrypted. */
  readonly aad: Uint8Array;
}

/** @throws Error for a wrong key, and for anything that was changed or truncated */
export function decryptA256Gcm(key: Uint8Array, { iv, ciphertext, tag, aad }: Sealed): Buffer {
  // GCM would hash an IV of another length; RFC 7518 allows only one length.
  if (iv.length !== IV_BYTES) throw new Error("its IV is not 96 bits long");
  // Without authTagLength, Node accepts tags of four bytes, which can be guessed.
  const cipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad).setAuthTag(tag);
  return Buffer.concat([cipher.update(ciphertext), cipher.final()]);
}
