// The password keys: a JWK Set whose first key encrypts and every key decrypts.
import type { CryptoKey, JWK } from "jose";
import { ConfigError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { findContentKey, importPrivateKey } from "./ecdh-es.ts";
import { isKeyId } from "./envelope-header.ts";

export type EnvelopeAlgorithm = "ECDH-ES" | "dir";

/** @throws Error for a header that gives no key */
export type FindContentKey = (header: Readonly<Record<string, unknown>>) => Uint8Array;

export interface RingKey {
  readonly kid: string;
  readonly alg: EnvelopeAlgorithm;
  /** What the API needs to encrypt; null for a shared key, which has no public half. */
  readonly publicHalf: JWK | null;
  /**
   * Finds the content key of an envelope by its protected header.
   * @throws ConfigError if the ring's key is invalid
   */
  decrypting(): FindContentKey;
  /** The public half of an EC key; the same shared key for `dir`. */
  encrypting(): Promise<CryptoKey>;
}

export interface KeyRing {
  readonly first: RingKey;
  /** In the order of the ring. */
  readonly keys: readonly RingKey[];
  find(kid: string): RingKey | null;
  /**
   * Imports every key. Call it before any job is changed.
   * @throws ConfigError naming an invalid key
   */
  prepare(): void;
}

/**
 * Checks the whole ring at once, but imports a key only when it is used: most runs have nothing to do and
 * need not load the cryptography.
 * @param source names the setting or file in messages, which never contain key material
 * @throws ConfigError for a ring without keys, or with an unusable one
 */
export function parseKeyRing(ring: Secret, source: string): KeyRing {
  const wrong = (why: string) =>
    new ConfigError(
      `${source} is not a usable key ring: ${why}. Restore the ring from its backup; only a first ` +
        "installation makes a new one: `family-hub-jobs keys generate`.",
    );
  let jwks: { keys?: unknown };
  try {
    jwks = JSON.parse(ring.reveal()) as { keys?: unknown };
  } catch {
    throw wrong("it is not valid JSON");
  }
  if (!Array.isArray(jwks?.keys) || jwks.keys.length === 0) {
    throw wrong('it must be a JWK Set, {"keys": […]}, with one key at least');
  }
  const keys = new Map<string, RingKey>();
  for (const [index, jwk] of (jwks.keys as JWK[]).entries()) {
    const key = readKey(jwk ?? {});
    const name =
      typeof jwk?.kid === "string"
        ? `key ${JSON.stringify(jwk.kid.slice(0, 40))}`
        : `key ${index + 1}`;
    if (typeof key === "string") throw wrong(`${name}: ${key}`);
    if (keys.has(key.kid)) throw wrong(`${name} occurs twice`);
    keys.set(key.kid, key);
  }
  const [first] = keys.values();
  return {
    first: first as RingKey,
    keys: [...keys.values()],
    find: (kid) => keys.get(kid) ?? null,
    prepare: () => {
      for (const key of keys.values()) key.decrypting();
    },
  };
}

/** @returns the key, or what is wrong with it */
function readKey(jwk: JWK): RingKey | string {
  const { kty, kid, crv, x, y, d, k } = jwk;
  if (typeof kid !== "string" || kid === "") return "it has no kid";
  if (!isKeyId(kid)) return "its kid must be 1 to 100 printable ASCII characters without spaces";
  if (kty === "EC" && crv === "P-256") {
    if (x === undefined || y === undefined) return "it lacks x or y";
    if (d === undefined) return "it lacks d: this is only its public half, which cannot decrypt";
    return {
      kid,
      alg: "ECDH-ES",
      publicHalf: { kty, crv, x, y, kid, use: "enc", alg: "ECDH-ES" },
      decrypting: once(() => importForOpening(kid, { x, y, d })),
      encrypting: once(() => importForSealing(kid, { kty, crv, x, y }, "ECDH-ES")),
    };
  }
  if (kty === "oct") {
    // Padding is accepted, although a JWK has none.
    if (typeof k !== "string" || !/^[\w-]{43}=?$/.test(k))
      return "its k is not 256 bits in base64url";
    const shared = Buffer.from(k, "base64url");
    return {
      kid,
      alg: "dir",
      publicHalf: null,
      decrypting: () => () => shared,
      encrypting: once(() => importForSealing(kid, { kty, k }, "A256GCM")),
    };
  }
  return "its kty must be EC with crv P-256, or oct";
}

function once<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

function importForOpening(
  kid: string,
  jwk: Parameters<typeof importPrivateKey>[0],
): FindContentKey {
  try {
    const key = importPrivateKey(jwk);
    return (header) => findContentKey(key, header);
  } catch {
    throw notAKey(kid);
  }
}

async function importForSealing(kid: string, jwk: JWK, alg: string): Promise<CryptoKey> {
  const { importJWK } = await import("jose");
  try {
    // jose returns an oct key as bytes, which all its functions accept.
    return (await importJWK(jwk, alg)) as CryptoKey;
  } catch {
    throw notAKey(kid);
  }
}

function notAKey(kid: string): ConfigError {
  return new ConfigError(
    `The password key "${kid}" cannot be imported: its numbers are not a valid key.`,
  );
}
