// How spans are sent to the collector, from OpenTelemetry's own variables: protocol, compression, timeout,
// CA.
import type { SettingsReader } from "./settings-reader.ts";

export interface TracesTransport {
  readonly protocol: "http/protobuf" | "http/json";
  readonly compression: "none" | "gzip";
  /** For one batch, including its second try. */
  readonly timeoutMs: number;
  /** PEM of the only CAs to trust; null for the usual ones. */
  readonly ca: string | null;
}

type Name = "ENDPOINT" | "HEADERS" | "PROTOCOL" | "COMPRESSION" | "TIMEOUT" | "CERTIFICATE";

/** The variable for traces if it is set, otherwise the one for all signals. */
export function ofTraces(settings: SettingsReader, name: Name): string {
  const own = `OTEL_EXPORTER_OTLP_TRACES_${name}`;
  const isSecret = name === "ENDPOINT" || name === "HEADERS";
  const given = isSecret ? [own, `${own}_FILE`] : [own];
  const isSet = given.some((variable) => settings.text(variable) !== null);
  return isSet ? own : `OTEL_EXPORTER_OTLP_${name}`;
}

export function readTransport(settings: SettingsReader): TracesTransport {
  return {
    protocol: readProtocol(settings),
    compression: settings.oneOf(ofTraces(settings, "COMPRESSION"), "none", ["none", "gzip"]),
    timeoutMs: settings.parsed(
      ofTraces(settings, "TIMEOUT"),
      "10000",
      "a whole number of milliseconds without a unit, from 1 to 600000",
      parseMilliseconds,
    ),
    ca: settings.certificate(ofTraces(settings, "CERTIFICATE")),
  };
}

function readProtocol(settings: SettingsReader): TracesTransport["protocol"] {
  const setting = ofTraces(settings, "PROTOCOL");
  if (settings.text(setting) === "grpc") {
    settings.fault(
      `${setting} is grpc: traces are sent by OTLP over HTTP only. ` +
        "Set it to http/protobuf, and the endpoint to the collector's port for HTTP, usually 4318.",
    );
    return "http/protobuf";
  }
  return settings.oneOf(setting, "http/protobuf", ["http/protobuf", "http/json"]);
}

function parseMilliseconds(text: string): number | null {
  const ms = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return ms >= 1 && ms <= 600_000 ? ms : null;
}
