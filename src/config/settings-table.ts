// What each setting means, for the man page. A test holds names and defaults to what is read.

export interface Setting {
  /** Several where one line tells of all. */
  readonly names: readonly string[];
  /** Its text when unset; null where there is none to write down. */
  readonly fallback: string | null;
  /** May be given as a file in `NAME_FILE` instead. */
  readonly secret?: true;
  readonly text: string;
}

export const SETTINGS: readonly Setting[] = [
  {
    ...{ names: ["DATABASE_URL"], fallback: null, secret: true },
    text: "FamilyHub's database, as postgres://user:password@host:5432/database; sslmode as in libpq, prefer if unset. Several hosts: postgres://h1:5432,h2:5432/database?target_session_attrs=read-write, the first that takes changes.",
  },
  {
    ...{ names: ["PGHOST", "PGUSER", "PGDATABASE"], fallback: null },
    text: "Libpq's own variables, PGPORT and PGPASSWORD too, instead of DATABASE_URL. A missing password is looked for in ~/.pgpass (or PGPASSFILE).",
  },
  {
    ...{ names: ["PGSSLMODE", "PGSSLROOTCERT"], fallback: null },
    text: "TLS settings that DATABASE_URL does not hold; as in libpq.",
  },
  {
    ...{ names: ["PGTARGETSESSIONATTRS"], fallback: null },
    text: "any, read-write or primary: which of several hosts will do, where DATABASE_URL does not say.",
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
    text: "Where gRPC listens, when that is not ZITADEL_URL.",
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
    text: "Organization of the new users: the service account's own if unset; required with ZITADEL_TOKEN.",
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
    text: "Egress proxy for https:// and for http:// addresses: Zitadel, pings and the Pushgateway; http://user:password@host:port, lower case too. Never for loopback, never for Postgres.",
  },
  {
    ...{ names: ["NO_PROXY"], fallback: null },
    text: "Hosts reached without it, separated by commas: a name covers those below it, 10.0.0.0/8 a block; * alone means all.",
  },
  {
    ...{ names: ["PASSWORD_KEYS"], fallback: null, secret: true },
    text: "The key ring, a JWK Set: its first key encrypts, every key decrypts.",
  },
  {
    ...{ names: ["SYNTHETIC_EMAIL_DOMAIN"], fallback: "noemail.family-hub.internal" },
    text: "New users get username@ this, marked verified; no mail is ever sent.",
  },
  {
    ...{ names: ["RETRY_DELAYS"], fallback: "1m,5m,15m,1h,4h" },
    text: "One retry per delay, at most five.",
  },
  {
    ...{ names: ["RETRY_JITTER"], fallback: "0" },
    text: "Such as 10%. Only added to a delay, never subtracted.",
  },
  {
    names: ["RETRY_CONCURRENCY"],
    fallback: "10",
    text: "Maximum number of parallel calls to Zitadel.",
  },
  {
    ...{ names: ["RETRY_LEASE"], fallback: "5m" },
    text: "When it has passed, another run recovers the job of a run that died. Must be longer than ZITADEL_TIMEOUT.",
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
    text: "Textfile directory of node_exporter: each scheduled command replaces its file there when it ends.",
  },
  {
    ...{ names: ["PUSHGATEWAY_URL"], fallback: null, secret: true },
    text: "Pushgateway that gets the same metrics; user:password@ before the host is sent as basic auth.",
  },
  {
    ...{ names: ["PING_URL"], fallback: null, secret: true },
    text: "Dead-man switch, as Healthchecks': /start is added when a run begins, nothing or /fail when it ends.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
    ...{ fallback: null, secret: true },
    text: "Collector of traces by OTLP over HTTP, such as http://otel.example.com:4318, to which /v1/traces is added; the second name is taken as it is.",
  },
  {
    names: ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"],
    ...{ fallback: null, secret: true },
    text: "Sent with each request to it, such as api-key=abc; several separated by commas.",
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
    text: "Name of the sender in traces.",
  },
  {
    ...{ names: ["OTEL_RESOURCE_ATTRIBUTES"], fallback: null },
    text: "What else to say of the sender, such as deployment.environment.name=production.",
  },
  {
    ...{ names: ["OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"], fallback: null },
    text: "true, or none: no traces, whatever else is set.",
  },
  {
    ...{ names: ["JOB_COMPLETION_INDEX"], fallback: null },
    text: "With --shards: the part of the queue that this run processes, from 0. Set by Kubernetes.",
  },
  { names: ["NO_COLOR"], fallback: null, text: "Any value switches colour off." },
  { names: ["TERM"], fallback: null, text: "`dumb` switches the progress line off." },
];
