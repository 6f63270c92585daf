// The settings of Zitadel: address, credentials, time limits.
import { type ZitadelCredentials, readCredentials } from "./zitadel-credentials.ts";
import type { EgressProxy } from "../egress-proxy.ts";
import { Secret } from "../secret.ts";
import { readProxy } from "./proxy-config.ts";
import type { SettingsReader } from "./settings-reader.ts";
import { parseRate, parseTimer, RATE_FORM, TIMER_FORM } from "./units.ts";

export interface ZitadelConfig {
  /** Exact origin: issuer, audience of assertions and address of discovery. */
  readonly issuer: string;
  /** Origin where gRPC listens. */
  readonly apiUrl: string;
  readonly credentials: ZitadelCredentials;
  /** null: the service account's own organization. */
  readonly orgId: string | null;
  readonly timeoutMs: number;
  readonly callsPerSecond: number;
  /** PEM of CAs to trust in addition to the usual ones. */
  readonly extraCa: string | null;
  /** The egress proxy to the issuer; null for a direct connection. */
  readonly proxy: EgressProxy | null;
  /** The egress proxy to `apiUrl`. */
  readonly apiProxy: EgressProxy | null;
  readonly syntheticEmailDomain: string;
}

export function readZitadelConfig(settings: SettingsReader): ZitadelConfig {
  const insecure = settings.text("ZITADEL_ALLOW_INSECURE") === "1";
  const issuer = readOrigin(settings, "ZITADEL_URL", insecure);
  if (issuer === null && settings.text("ZITADEL_URL") === null) {
    settings.fault(
      "ZITADEL_URL is not set: set it to Zitadel's address, such as https://id.example.com.",
    );
  }
  const credentials = readCredentials(settings);
  const orgId = settings.text("ZITADEL_ORG_ID");
  if (orgId !== null && !/^[\x21-\x7e]{1,200}$/.test(orgId)) {
    settings.fault("ZITADEL_ORG_ID must be an organization's ID, as Zitadel's console shows it.");
  }
  if (credentials?.kind === "token" && orgId === null) {
    settings.fault(
      "ZITADEL_ORG_ID is not set: with ZITADEL_TOKEN you must name the organization that new users join.",
    );
  }
  const apiUrl = readOrigin(settings, "ZITADEL_API_URL", insecure) ?? issuer ?? "";
  return {
    issuer: issuer ?? "",
    apiUrl,
    proxy: readProxy(settings, issuer ?? ""),
    apiProxy: readProxy(settings, apiUrl),
    credentials: credentials ?? { kind: "token", token: new Secret("") },
    orgId,
    timeoutMs: settings.parsed("ZITADEL_TIMEOUT", "30s", TIMER_FORM, parseTimer),
    callsPerSecond: settings.parsed("ZITADEL_RATE", "40/s", RATE_FORM, parseRate),
    extraCa: settings.certificate("ZITADEL_CA_FILE"),
    syntheticEmailDomain: readEmailDomain(settings),
  };
}

/** Also for commands that do not call Zitadel, but check whether an address is taken. */
export function readEmailDomain(settings: SettingsReader): string {
  return settings.parsed(
    "SYNTHETIC_EMAIL_DOMAIN",
    "noemail.family-hub.internal",
    "a domain name such as noemail.family-hub.internal",
    (text) => (isMailDomain(text) ? text.toLowerCase() : null),
  );
}

/** Zitadel accepts addresses of 200 characters; a username and the @ need 21 of them. */
const LONGEST_DOMAIN = 179;

function isMailDomain(text: string): boolean {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  const labels = text.split(".");
  return (
    text.length <= LONGEST_DOMAIN && labels.length > 1 && labels.every((part) => label.test(part))
  );
}

/** @returns the exact origin, without a trailing slash, which would break `aud` and gRPC's address */
function readOrigin(settings: SettingsReader, name: string, insecure: boolean): string | null {
  const text = settings.text(name);
  if (text === null) return null;
  const wrong = (why: string) => {
    settings.fault(`${name} is "${withoutSecrets(text)}": ${why}, such as https://id.example.com.`);
    return null;
  };
  if (!URL.canParse(text)) return wrong("it must be an address with its scheme");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return wrong("it must not hold credentials");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return wrong("it must be an origin, without a path");
  }
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback && !insecure) {
    return wrong(
      "http is allowed for loopback only (or with ZITADEL_ALLOW_INSECURE=1); write https",
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return wrong("it must be https");
  return url.origin;
}

/** Only the host, without what precedes or follows it; empty if there is no host. */
function withoutSecrets(text: string): string {
  const bare = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1[redacted]@");
  const [origin = "", scheme] = ORIGIN.exec(bare) ?? [];
  const looksLikeHost = scheme !== undefined || /[.:]|^localhost/i.test(origin);
  if (!looksLikeHost) return "[redacted]";
  return bare.length === origin.length || bare === `${origin}/` ? bare : `${origin}/[redacted]`;
}

const ORIGIN =
  /^([a-z][a-z0-9+.-]{0,15}:\/\/)?(\[redacted\]@)?(([a-z\d-]{1,63}\.)*[a-z\d-]{1,63}|\[[\da-f:.]{2,45}\])?(:\d{1,5})?(?![\w:@-])/i;
