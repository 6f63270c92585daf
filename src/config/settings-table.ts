// The meaning of each setting, for the man page. A test compares names and defaults with the code.

export interface Setting {
  /** Several if one text describes them all. */
  readonly names: readonly string[];
  /** The default; null if there is none to show. */
  readonly fallback: string | null;
  /** Can be given as a file in `NAME_FILE` instead. */
  readonly secret?: true;
  readonly text: string;
}

export const SETTINGS: readonly Setting[] = [
  {
    ...{ names: ["DATABASE_URL"], fallback: null, secret: true },
    text: "FamilyHub's database, such as postgres://user:password@host:5432/database. sslmode works as in libpq (default: prefer). With several hosts, such as postgres://h1:5432,h2:5432/database?target_session_attrs=read-write, the first one that accepts writes is used.",
  },
  {
    ...{ names: ["PGHOST", "PGUSER", "PGDATABASE"], fallback: null },
    text: "libpq's variables, instead of DATABASE_URL; also PGPORT and PGPASSWORD. If no password is set, it is read from ~/.pgpass (or PGPASSFILE).",
  },
  {
    ...{ names: ["PGSSLMODE", "PGSSLROOTCERT"], fallback: null },
    text: "TLS settings, as in libpq, if DATABASE_URL does not contain them.",
  },
  {
    ...{ names: ["PGTARGETSESSIONATTRS"], fallback: null },
    text: "Which of several hosts to use (any, read-write or primary), if DATABASE_URL does not say it.",
  },
  {
    ...{ names: ["ZITADEL_URL"], fallback: null },
    text: "Issuer and API of Zitadel, an https:// origin; http:// for loopback only.",
  },
  {
    ...{ names: ["ZITADEL_ALLOW_INSECURE"], fallback: null },
    text: "1 allows an http:// ZITADEL_URL for any host.",
  },
  {
    ...{ names: ["ZITADEL_API_URL"], fallback: null },
    text: "Address of Zitadel's gRPC API, if it is not ZITADEL_URL.",
  },
  {
    ...{ names: ["ZITADEL_KEY"], fallback: null, secret: true },
    text: "Service-account key, the JSON that Zitadel's console downloads.",
  },
  {
    ...{ names: ["ZITADEL_TOKEN"], fallback: null, secret: true },
    text: "A personal access token instead of the key.",
  },
  {
    ...{ names: ["ZITADEL_ORG_ID"], fallback: null },
    text: "Organization of the new users (if unset, the service account's own). Required with ZITADEL_TOKEN.",
  },
  { names: ["ZITADEL_TIMEOUT"], fallback: "30s", text: "Deadline of one call." },
  {
    ...{ names: ["ZITADEL_RATE"], fallback: "40/s" },
    text: "Maximum calls per second; 0 for no limit.",
  },
  {
    ...{ names: ["ZITADEL_CA_FILE"], fallback: null },
    text: "PEM file of an additional CA to trust.",
  },
  {
    ...{ names: ["HTTPS_PROXY", "HTTP_PROXY"], fallback: null, secret: true },
    text: "Egress proxy for https:// and for http:// addresses, such as http://user:password@host:port. Used for Zitadel, pings, traces and the Pushgateway, never for loopback or Postgres. Lower-case names work, too.",
  },
  {
    ...{ names: ["NO_PROXY"], fallback: null },
    text: "Hosts that are reached without the proxy, separated by commas. A domain includes its subdomains; 10.0.0.0/8 is a range of addresses; * alone means every host.",
  },
  {
    ...{ names: ["PASSWORD_KEYS"], fallback: null, secret: true },
    text: "The key ring, a JWK Set: its first key encrypts, every key decrypts.",
  },
  {
    ...{ names: ["SYNTHETIC_EMAIL_DOMAIN"], fallback: "noemail.family-hub.internal" },
    text: "New users get USERNAME@ this domain as their email, marked as verified. No mail is ever sent.",
  },
  {
    ...{ names: ["RETRY_DELAYS"], fallback: "1m,5m,15m,1h,4h" },
    text: "The delay before each retry; at most five.",
  },
  {
    ...{ names: ["RETRY_JITTER"], fallback: "0" },
    text: "Random time that is added to each delay, such as 10%.",
  },
  {
    names: ["RETRY_CONCURRENCY"],
    fallback: "10",
    text: "Maximum number of parallel calls to Zitadel.",
  },
  {
    ...{ names: ["RETRY_LEASE"], fallback: "5m" },
    text: "When this time has passed, another run recovers the job of a run that died. Must be longer than ZITADEL_TIMEOUT.",
  },
  {
    ...{ names: ["INVITATION_GRACE"], fallback: "30d" },
    text: "How long to keep an expired invitation.",
  },
  {
    ...{ names: ["JOB_RETENTION"], fallback: "90d" },
    text: "How long to keep a completed job; at least 1d.",
  },
  {
    ...{ names: ["FAILED_PASSWORD_RETENTION"], fallback: "30d" },
    text: "How long to keep the password of a failed job, so that it can be requeued; at least 1d.",
  },
  { names: ["LOG_LEVEL"], fallback: "info", text: "error, warn, info or debug." },
  {
    ...{ names: ["LOG_FORMAT"], fallback: "auto" },
    text: "auto, pretty or json: auto is pretty on a terminal, JSON lines elsewhere.",
  },
  {
    ...{ names: ["METRICS_DIR"], fallback: null },
    text: "node_exporter's textfile directory. Each scheduled command replaces its file there when it ends.",
  },
  {
    ...{ names: ["PUSHGATEWAY_URL"], fallback: null, secret: true },
    text: "Pushgateway for the same metrics. user:password@ before the host is sent as basic auth.",
  },
  {
    ...{ names: ["PING_URL"], fallback: null, secret: true },
    text: "Dead-man switch, compatible with Healthchecks. A run sends a GET to this address plus /start when it begins. When it ends, it sends one to the plain address after a success, or to /fail.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
    ...{ fallback: null, secret: true },
    text: "Collector that receives traces by OTLP over HTTP, such as http://otel.example.com:4318. /v1/traces is added to the first setting, but not to the second.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"],
    ...{ fallback: null, secret: true },
    text: "Headers of each request to the collector, such as api-key=abc, separated by commas.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"],
    fallback: "http/protobuf",
    text: "http/protobuf or http/json; gRPC is not supported.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"],
    fallback: "none",
    text: "none or gzip.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"],
    fallback: "10000",
    text: "Milliseconds that sending one batch of spans may take, a second try included.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"],
    fallback: null,
    text: "PEM file of the CA of the collector's certificate, trusted instead of the system's.",
  },
  {
    ...{ names: ["OTEL_SERVICE_NAME"], fallback: "family-hub-jobs" },
    text: "Name of this service in traces.",
  },
  {
    ...{ names: ["OTEL_RESOURCE_ATTRIBUTES"], fallback: null },
    text: "Other attributes of this service in traces, such as deployment.environment.name=production.",
  },
  {
    ...{ names: ["OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"], fallback: null },
    text: "No traces are sent if the first is true, or the second is none.",
  },
  {
    ...{ names: ["JOB_COMPLETION_INDEX"], fallback: null },
    text: "With --shards: the part of the queue that this run processes, from 0. Kubernetes sets it.",
  },
  { names: ["NO_COLOR"], fallback: null, text: "Any value turns colors off." },
  { names: ["TERM"], fallback: null, text: "`dumb` turns the progress line off." },
];
