// Says of an egress proxy that let no connection through to Zitadel what it answered, and what to do.
import { ProxyFault } from "../../egress-proxy.ts";
import { IdentityUnavailable } from "../../errors.ts";

/** @returns null where no proxy is to blame */
export function blockedByProxy(url: URL, error: unknown): IdentityUnavailable | null {
  if (!(error instanceof ProxyFault)) return null;
  const { message, advice } = error;
  const what = `No connection to Zitadel at ${url.origin}: ${message}. ${advice}.`;
  return new IdentityUnavailable(what, { cause: error });
}
