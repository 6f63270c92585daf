// Asks Zitadel itself whether it reaches its database, where an answer may be a fault of that in disguise.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { httpCall, type HttpOptions } from "./http.ts";

/** What /debug/ready answers when the database cannot be reached. */
export const NOT_READY = 412;

/** @returns the HTTP status; null where nothing answers, as where a proxy hides it */
export async function readiness(
  config: Pick<ZitadelConfig, "issuer"> & HttpOptions,
): Promise<number | null> {
  try {
    return (await httpCall(new URL("/debug/ready", config.issuer), config)).status;
  } catch (error) {
    if (error instanceof IdentityUnavailable) return null;
    throw error;
  }
}
