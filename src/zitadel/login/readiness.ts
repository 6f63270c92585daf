// Asks Zitadel whether it reaches its database, after an error that may mean it does not.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { httpCall, type HttpOptions } from "./http.ts";

/** Zitadel answers 412 if it cannot reach its database, and a proxy answers 5xx if Zitadel is down. */
export function isNotReady(status: number | null): boolean {
  return status === 412 || (status ?? 0) >= 500;
}

/** @returns the HTTP status; null without an answer, for example behind a proxy that hides this path */
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
