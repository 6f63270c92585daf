// The public half of the ring, for those who encrypt passwords.
import type { JWK } from "jose";
import { ConfigError } from "../errors.ts";
import type { KeyRing } from "./key-ring.ts";

export interface PublicRing {
  readonly keys: readonly JWK[];
  /** Shared keys, which have no public half. */
  readonly leftOut: readonly string[];
}

/**
 * @param all every EC key; otherwise only the first one, with which to encrypt
 * @throws ConfigError if the first key has no public half, or its halves do not match
 */
export function publicRing(ring: KeyRing, all: boolean): PublicRing {
  if (ring.first.publicHalf === null) {
    throw new ConfigError(
      `The first key "${ring.first.kid}" is a shared one (oct): it has no public half. ` +
        "FamilyHub's API would need the key itself; " +
        "`family-hub-jobs keys generate --type EC --from RING_FILE` puts an EC key first.",
    );
  }
  const chosen = all ? ring.keys : [ring.first];
  const keys: JWK[] = [];
  for (const key of chosen) {
    if (key.publicHalf === null) continue;
    // Importing it proves that the halves match: otherwise what is encrypted with it is lost.
    key.decrypting();
    keys.push(key.publicHalf);
  }
  const leftOut = chosen.filter((key) => key.publicHalf === null).map(({ kid }) => kid);
  return { keys, leftOut };
}
