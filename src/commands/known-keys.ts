// Which password keys this environment's ring has, for commands that only look and need none.
import { ExpectedError } from "../errors.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { config, type Runtime } from "../runtime.ts";

/** @returns null without a ring. @throws ConfigError when there is a faulty one */
export function readKnownKeys(runtime: Runtime): ((kid: string) => boolean) | null {
  const isSet = (name: string) => (runtime.env[name] ?? "").trim() !== "";
  if (!isSet("PASSWORD_KEYS") && !isSet("PASSWORD_KEYS_FILE")) return null;
  const { ring, source } = config(runtime, "passwords").passwords;
  const keys = parseKeyRing(ring, source);
  return (kid) => keys.find(kid) !== null;
}

/** As `readKnownKeys`; null also where the ring is faulty, or not for this user to read. */
export function tryKnownKeys(runtime: Runtime): ((kid: string) => boolean) | null {
  try {
    return readKnownKeys(runtime);
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}
