// Where traces are sent, from OpenTelemetry's own variables.
import { Secret } from "../secret.ts";
import { readEndpoint, type Endpoint } from "./endpoint.ts";
import type { SettingsReader } from "./settings-reader.ts";
import { ofTraces, readTransport, type TracesTransport } from "./traces-transport.ts";

export interface TracesConfig extends TracesTransport {
  readonly endpoint: Endpoint;
  /** The variable that sets it. */
  readonly setting: string;
  /** Sent with each request, such as an API key. */
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  /** Attributes of the sender, including `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
}

const SERVICE_NAME = "family-hub-jobs";

/** @returns null if traces are off */
export function readTracesConfig(settings: SettingsReader): TracesConfig | null {
  if (isSwitchedOff(settings)) return null;
  const setting = ofTraces(settings, "ENDPOINT");
  const form =
    "an http:// or https:// address without a query, such as http://otel.example.com:4318";
  const endpoint = readEndpoint(settings, setting, form, ({ search }) => search === "");
  if (endpoint === null) return null;
  return {
    endpoint: setting.includes("TRACES") ? endpoint : { ...endpoint, url: below(endpoint.url) },
    setting,
    ...readTransport(settings),
    headers: readHeaders(settings),
    resource: readResource(settings),
  };
}

function isSwitchedOff(settings: SettingsReader): boolean {
  const disabled = settings.parsed("OTEL_SDK_DISABLED", "false", "true or false", (text) =>
    /^(true|false)$/i.test(text) ? text.toLowerCase() : null,
  );
  const exporter = settings.oneOf("OTEL_TRACES_EXPORTER", "otlp", ["otlp", "none"]);
  return disabled === "true" || exporter === "none";
}

/** The address for all signals has a path for each. */
function below(url: Secret): Secret {
  const result = new URL(url.reveal());
  result.pathname = `${result.pathname.replace(/\/+$/, "")}/v1/traces`;
  return new Secret(result.href);
}

function readHeaders(settings: SettingsReader): TracesConfig["headers"] {
  const setting = ofTraces(settings, "HEADERS");
  const pairs = parsePairs(settings.secret(setting)?.reveal() ?? "");
  const valid = pairs?.every(
    ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value),
  );
  if (pairs !== null && valid === true) {
    return pairs.map(([name, value]) => [name.toLowerCase(), new Secret(value)]);
  }
  settings.fault(`${setting} is "[redacted]": it must be ${PAIRS}, such as api-key=abc.`);
  return [];
}

function readResource(settings: SettingsReader): TracesConfig["resource"] {
  const text = settings.text("OTEL_RESOURCE_ATTRIBUTES") ?? "";
  const pairs = parsePairs(text);
  if (pairs === null) {
    settings.fault(
      `OTEL_RESOURCE_ATTRIBUTES is "${text}": it must be ${PAIRS}, such as deployment.environment.name=production.`,
    );
  }
  const named = Object.fromEntries(pairs ?? []);
  const name = settings.text("OTEL_SERVICE_NAME") ?? named["service.name"] ?? SERVICE_NAME;
  return { ...named, "service.name": name };
}

const PAIRS = "name=value, several separated by commas, in values %2C for a comma and %25 for %";

function parsePairs(text: string): [name: string, value: string][] | null {
  const pairs: [string, string][] = [];
  for (const pair of text.split(",").map((part) => part.trim())) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    if (at < 1) return null;
    try {
      pairs.push([pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]);
    } catch {
      return null;
    }
  }
  return pairs;
}
