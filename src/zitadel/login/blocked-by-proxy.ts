// Explains what an egress proxy answered instead of connecting to Zitadel, and what to do.
import { ProxyFault } from "../../egress-proxy.ts";
import { IdentityUnavailable } from "../../errors.ts";

/** @returns null if no proxy is the cause */
export function blockedByProxy(url: URL, error: unknown): IdentityUnavailable | null {
  if (!(error instanceof ProxyFault)) return null;
  const { message, advice } = error;
  const what = `No connection to Zitadel at ${url.origin}: ${message}. ${advice}.`;
  return new IdentityUnavailable(what, { cause: error });
}
