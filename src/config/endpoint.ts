// The address of a monitoring service, such as PING_URL: its secret part, and the proxy to it.
import type { EgressProxy } from "../egress-proxy.ts";
import { Secret } from "../secret.ts";
import { readProxy } from "./proxy-config.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** An address that may hold secrets: a token in its path, or a password before its host. */
export interface Endpoint {
  /** Without a password. */
  readonly url: Secret;
  /** The part of the address that may be shown. */
  readonly origin: string;
  /** The value of the header; null if the address names no user. */
  readonly authorization: Secret | null;
  /** The egress proxy to it; null for a direct connection. */
  readonly proxy: EgressProxy | null;
}

/** @param fits a further condition, for an http:// or https:// address without a fragment */
export function readEndpoint(
  settings: SettingsReader,
  name: string,
  form: string,
  fits: (url: URL) => boolean,
): Endpoint | null {
  const text = settings.secret(name)?.reveal();
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const http = url?.protocol === "https:" || url?.protocol === "http:";
  const userinfo = url === null ? null : readUserinfo(url);
  const source = settings.text(name) === null ? `${name}_FILE holds` : `${name} is`;
  // `user:1234/word@host` has another host for the parser, and for the name server.
  if (/^[^/]*\/\/[^/?#]*[/?#].*@/s.test(text)) {
    settings.fault(`${source} "[redacted]": an @ in a password, a path or a query must be %40.`);
    return null;
  }
  if (url === null || !http || userinfo === null || url.hash !== "" || !fits(url)) {
    settings.fault(`${source} "[redacted]": it must be ${form}.`);
    return null;
  }
  [url.username, url.password] = ["", ""];
  const basic = `Basic ${Buffer.from(userinfo).toString("base64")}`;
  return {
    url: new Secret(url.href),
    origin: url.origin,
    authorization: userinfo === "" ? null : new Secret(basic),
    proxy: readProxy(settings, url.origin),
  };
}

/** @returns `user:password`, empty without either, or null if it is not percent-encoded correctly */
function readUserinfo({ username, password }: URL): string | null {
  if (username === "" && password === "") return "";
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return null;
  }
}
