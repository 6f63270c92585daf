// How the value of each setting may be shown.
//
// A value is shown only where its form leaves no room for a secret that was put into the wrong place.
import { PATH } from "./settings-reader.ts";
import { SETTINGS } from "./settings-table.ts";

export interface ShownSetting {
  readonly name: string;
  /** The default as it would be written; null if there is none. */
  readonly fallback: string | null;
  /** What to show if it is unset and has no default. */
  readonly unset?: string;
  /** Values of another form are only shown as "set". null: a secret, which `NAME_FILE` may hold. */
  readonly shows: RegExp | null;
  /** Shown only if it is set. */
  readonly optional?: true;
}

const ORIGIN = /^https?:\/\/([a-z\d.-]{1,100}|\[[\da-f:]+\])(:\d{1,5})?\/?$/i;
const DURATION = /^\d{1,12}(ms|s|m|h|d)$/;
const WORD = /^[\w.-]{1,63}$/;

type Form = Omit<ShownSetting, "fallback">;

const optional = (name: string, shows: RegExp | null): Form => ({ name, shows, optional: true });

const FORMS: readonly Form[] = [
  { name: "DATABASE_URL", shows: null },
  optional("PGHOST", /^[\w./,:-]{1,253}$/),
  optional("PGPORT", /^[\d,]{1,50}$/),
  optional("PGDATABASE", WORD),
  optional("PGUSER", WORD),
  optional("PGPASSWORD", null),
  optional("PGSSLMODE", /^[a-z-]{1,12}$/),
  optional("PGSSLROOTCERT", PATH),
  optional("PGTARGETSESSIONATTRS", /^[a-z-]{1,20}$/),
  { name: "ZITADEL_URL", shows: ORIGIN },
  { name: "ZITADEL_API_URL", unset: "as ZITADEL_URL", shows: ORIGIN },
  optional("ZITADEL_ALLOW_INSECURE", /^[01]$/),
  { name: "ZITADEL_KEY", shows: null },
  optional("ZITADEL_TOKEN", null),
  {
    ...{ name: "ZITADEL_ORG_ID", shows: /^\d{1,20}$/ },
    unset: "the service account's own",
  },
  { name: "ZITADEL_TIMEOUT", shows: DURATION },
  { name: "ZITADEL_RATE", shows: /^(0|\d{1,9}\/[smh])$/ },
  { name: "ZITADEL_CA_FILE", shows: PATH },
  ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].map((name) => optional(name, null)),
  ...["NO_PROXY", "no_proxy"].map((name) => optional(name, /^[\w.,:/* [\]-]{1,200}$/)),
  { name: "PASSWORD_KEYS", shows: null },
  {
    ...{ name: "SYNTHETIC_EMAIL_DOMAIN" },
    shows: /^[a-z\d-]{1,63}(\.[a-z\d-]{1,63})+$/i,
  },
  { name: "RETRY_DELAYS", shows: /^[\da-z, ]{1,80}$/ },
  { name: "RETRY_JITTER", shows: /^\d{1,3}(\.\d{1,3})?%?$/ },
  { name: "RETRY_CONCURRENCY", shows: /^\d{1,3}$/ },
  { name: "RETRY_LEASE", shows: DURATION },
  { name: "INVITATION_GRACE", shows: DURATION },
  { name: "JOB_RETENTION", shows: DURATION },
  { name: "FAILED_PASSWORD_RETENTION", shows: DURATION },
  { name: "LOG_LEVEL", shows: /^(error|warn|info|debug)$/ },
  { name: "LOG_FORMAT", shows: /^(auto|pretty|json)$/ },
  optional("METRICS_DIR", PATH),
  optional("PUSHGATEWAY_URL", null),
  optional("PING_URL", null),
  // The longer name first, because an error is found by its beginning.
  ...["TRACES_ENDPOINT", "ENDPOINT", "TRACES_HEADERS", "HEADERS"].map((name) =>
    optional(`OTEL_EXPORTER_OTLP_${name}`, null),
  ),
  ...["TRACES_PROTOCOL", "PROTOCOL"].map((name) =>
    optional(`OTEL_EXPORTER_OTLP_${name}`, /^(grpc|http\/(protobuf|json))$/),
  ),
  ...["TRACES_COMPRESSION", "COMPRESSION"].map((name) =>
    optional(`OTEL_EXPORTER_OTLP_${name}`, /^(none|gzip)$/),
  ),
  ...["TRACES_TIMEOUT", "TIMEOUT"].map((name) =>
    optional(`OTEL_EXPORTER_OTLP_${name}`, /^\d{1,6}$/),
  ),
  ...["TRACES_CERTIFICATE", "CERTIFICATE"].map((name) =>
    optional(`OTEL_EXPORTER_OTLP_${name}`, PATH),
  ),
  optional("OTEL_SERVICE_NAME", /^[\w .:/-]{1,100}$/),
  optional("OTEL_RESOURCE_ATTRIBUTES", /^[\w .:/,=%-]{1,300}$/),
  optional("OTEL_SDK_DISABLED", /^(true|false)$/i),
  optional("OTEL_TRACES_EXPORTER", /^[a-z,]{1,40}$/),
];

const FALLBACKS = new Map(
  SETTINGS.flatMap(({ names, fallback }) => names.map((name) => [name, fallback] as const)),
);

export const SHOWN_SETTINGS: readonly ShownSetting[] = FORMS.map((form) => ({
  ...form,
  fallback: FALLBACKS.get(form.name) ?? null,
}));
