// The IDs of the keys in the ring, for commands that can work without a ring.
import { ExpectedError } from "../errors.ts";
import { parseKeyRing } from "./key-ring.ts";
import { readConfig } from "../config/config.ts";
import type { Environment } from "../config/settings-reader.ts";

/** @returns null without a ring, or if the ring is invalid or this user may not read it */
export function tryKnownKeys(env: Environment): ((kid: string) => boolean) | null {
  const isSet = (name: string) => (env[name] ?? "").trim() !== "";
  if (!isSet("PASSWORD_KEYS") && !isSet("PASSWORD_KEYS_FILE")) return null;
  try {
    const { ring, source } = readConfig(env, "passwords").passwords;
    const keys = parseKeyRing(ring, source);
    return (kid) => keys.find(kid) !== null;
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}
