// Compact JWEs made with node:crypto alone, by the letter of RFC 7516 and 7518: no JOSE library.
import {
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";

export interface Jwk extends JsonWebKey {
  readonly kid: string;
}

export const b64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");

/** RFC 7518, 4.6.2: one round of Concat KDF with SHA-256 yields up to 256 bits. */
export function concatKdf(
  z: Uint8Array,
  bits: number,
  info: { algorithm: string; apu?: string; apv?: string },
): Buffer {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const prefixed = (value: Uint8Array) => Buffer.concat([uint32(value.length), value]);
  return createHash("sha256")
    .update(uint32(1))
    .update(z)
    .update(prefixed(Buffer.from(info.algorithm)))
    .update(prefixed(Buffer.from(info.apu ?? "", "base64url")))
    .update(prefixed(Buffer.from(info.apv ?? "", "base64url")))
    .update(uint32(bits))
    .digest()
    .subarray(0, bits / 8);
}

/** `alg` dir: the shared key encrypts the content itself. */
export function directJwe(key: Jwk, header: object, payload: string | Uint8Array): string {
  const protectedHeader = { alg: "dir", enc: "A256GCM", kid: key.kid, ...header };
  return encrypted(Buffer.from(key.k ?? "", "base64url"), protectedHeader, payload);
}

/**
 * `alg` ECDH-ES: knows the public half only, as FamilyHub's API does.
 * @param written the ephemeral key as written in the header
 */
export function ecdhJwe(
  key: Jwk,
  header: object,
  payload: string | Uint8Array,
  written: (epk: JsonWebKey) => unknown = (epk) => epk,
): string {
  const { kty, crv, x, y } = key;
  const recipient = createPublicKey({ key: { kty, crv, x, y } as JsonWebKey, format: "jwk" });
  const { publicKey: epk, privateKey } = newPair(crv ?? "P-256");
  const protectedHeader: Record<string, unknown> = {
    alg: "ECDH-ES",
    enc: "A256GCM",
    kid: key.kid,
    epk: written({ kty: epk.kty, crv: epk.crv, x: epk.x, y: epk.y } as JsonWebKey),
    ...header,
  };
  const contentKey = concatKdf(agreement(privateKey, recipient), 256, {
    algorithm: "A256GCM",
    ...(protectedHeader as { apu?: string; apv?: string }),
  });
  return encrypted(contentKey, protectedHeader, payload);
}

/**
 * Exported by what makes it: Node 20 waits for ever when a collection of garbage meets a later export, for
 * both then lock the same key.
 */
function newPair(namedCurve: string): { publicKey: JsonWebKey; privateKey: KeyObject } {
  const options = { namedCurve, publicKeyEncoding: { format: "jwk" } };
  return generateKeyPairSync("ec", options as object as { namedCurve: string }) as object as {
    publicKey: JsonWebKey;
    privateKey: KeyObject;
  };
}

export function agreement(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  return diffieHellman({ privateKey, publicKey });
}

function encrypted(contentKey: Uint8Array, header: object, payload: string | Uint8Array): string {
  const iv = randomBytes(12);
  const aad = b64(JSON.stringify(header));
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv).setAAD(Buffer.from(aad));
  const ciphertext = Buffer.concat([cipher.update(payload), cipher.final()]);
  return [aad, "", b64(iv), b64(ciphertext), b64(cipher.getAuthTag())].join(".");
}
