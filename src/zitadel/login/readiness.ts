// Asks Zitadel whether it reaches its database, when an error may be caused by that.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { httpCall, type HttpOptions } from "./http.ts";

/** Zitadel answers 412 where it does not reach its database, and a proxy 5xx where nothing of it runs. */
export function isNotReady(status: number | null): boolean {
  return status === 412 || (status ?? 0) >= 500;
}

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
