// Key rings for tests of the password envelope.
import { generateKey, type KeyType } from "../../src/passwords/generate.ts";
import { parseKeyRing, type KeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import type { Jwk } from "./hand-made-jwe.ts";

export const KEY_TYPES = ["EC", "oct"] as const satisfies readonly KeyType[];

export interface GivenRing {
  readonly key: Jwk;
  readonly ring: KeyRing;
}

export async function givenRing(type: KeyType = "EC"): Promise<GivenRing> {
  const key = (await generateKey(type)) as Jwk;
  return { key, ring: ringOf(key) };
}

export function ringOf(...keys: readonly object[]): KeyRing {
  return parseKeyRing(new Secret(JSON.stringify({ keys })), "the test's ring");
}
