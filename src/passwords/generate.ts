// Generates password keys and passwords from the system's random source.
import { randomBytes, randomInt } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Secret } from "../secret.ts";

const KEY_TYPES = ["EC", "oct"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** EC: the API needs only the public half, and cannot decrypt what it wrote. `oct`: one shared secret. */
export async function generateKey(type: KeyType): Promise<JWK> {
  // Short, because the envelope must fit its column.
  const kid = randomBytes(6).toString("base64url");
  if (type === "oct") {
    return { kty: "oct", kid, use: "enc", alg: "dir", k: randomBytes(32).toString("base64url") };
  }
  const { privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: "enc", alg: "ECDH-ES" };
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz";
const CLASSES = [LETTERS, LETTERS.toUpperCase(), "23456789", "!#%+-=?@_"];

/** 20 characters, about 115 bits, at least one of each class that Zitadel's default policy requires. */
export function generatePassword(): Secret {
  const pick = (from: string) => from.charAt(randomInt(from.length));
  const characters = CLASSES.map(pick);
  while (characters.length < 20) characters.push(pick(CLASSES.join("")));
  for (let i = characters.length - 1; i > 0; i -= 1) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? "", characters[i] ?? ""];
  }
  return new Secret(characters.join(""));
}
