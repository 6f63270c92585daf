// Which egress proxy to use for an address, as curl reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
import { BlockList, isIP } from "node:net";
import type { EgressProxy } from "../egress-proxy.ts";
import { Secret } from "../secret.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** curl's default, if the address has no port. */
const DEFAULT_PORT = 1080;

const FORM =
  "an http:// address, such as http://proxy.example.com:3128 or http://user:password@host:3128 " +
  "(in a password write @ as %40, / as %2F, % as %25)";

/** Checks both, whichever is needed, so that a mistake shows at once. Loopback is always reached directly. */
export function readProxy(settings: SettingsReader, origin: string): EgressProxy | null {
  const proxies = {
    "https:": readVariable(settings, "HTTPS_PROXY"),
    "http:": readVariable(settings, "HTTP_PROXY"),
  };
  const exceptions = settings.text("no_proxy") ?? settings.text("NO_PROXY") ?? "";
  if (!URL.canParse(origin)) return null;
  const { protocol, hostname } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isLoopback(host) || isExcepted(host, exceptions)) return null;
  return proxies[protocol as keyof typeof proxies];
}

/** Lower case has priority, as in curl, which reads http_proxy only in lower case. */
function readVariable(settings: SettingsReader, upper: string): EgressProxy | null {
  const lower = settings.text(upper.toLowerCase());
  const text = lower ?? settings.secret(upper)?.reveal() ?? null;
  if (text === null) return null;
  const setting = lower === null ? upper : upper.toLowerCase();
  const proxy = parseProxy(text, setting);
  if (proxy === null) settings.fault(`${setting} is "[redacted]": it must be ${FORM}.`);
  return proxy;
}

function parseProxy(text: string, setting: string): EgressProxy | null {
  // For a scheme that it does not know, the parser keeps port 80.
  const address = `proxy://${text.replace(/^http:\/\//i, "")}`;
  if (!URL.canParse(address)) return null;
  const { username, password, hostname, port, pathname, search, hash } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const named = isIP(host) !== 0 || /^[\w-]+(\.[\w-]+)*\.?$/.test(host);
  if (!named || !["", "/"].includes(pathname) || search !== "" || hash !== "") return null;
  try {
    const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return {
      ...{ host, port: Number(port || DEFAULT_PORT), setting },
      origin: `http://${hostname}:${port || DEFAULT_PORT}`,
      userinfo: userinfo === ":" ? null : new Secret(userinfo),
    };
  } catch {
    return null;
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost\.?|127(\.\d+){3}|::1)$/.test(host);
}

/** An entry is a name, which includes its subdomains, an address, or a block of addresses; * includes all. */
function isExcepted(host: string, exceptions: string): boolean {
  if (exceptions === "*") return true;
  const name = host.replace(/\.$/, "").toLowerCase();
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const plain = entry
        .replace(/^\./, "")
        .replace(/\.$/, "")
        .replace(/^\[(.*)\]$/, "$1");
      if (plain === "") return false;
      if (isIP(name) !== 0) return plain === name || isInBlock(name, plain);
      return name === plain || name.endsWith(`.${plain}`);
    });
}

function isInBlock(address: string, entry: string): boolean {
  const [network = "", bits = "", ...more] = entry.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  const longest = family === "ipv6" ? 128 : 32;
  if (isIP(network) === 0 || isIP(network) !== isIP(address) || more.length > 0) return false;
  if (bits !== "" && (!/^\d{1,3}$/.test(bits) || Number(bits) > longest)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits || longest), family);
  return block.check(address, family);
}
