// The settings by name: what each is when unset, and in which form its value may be shown.
//
// A value is shown only where its form leaves no room for a secret that was put into the wrong place.

export interface Setting {
  readonly name: string;
  /** As it would be written; null where there is none. */
  readonly fallback: string | null;
  /** What is told where nothing is set and there is no default. */
  readonly unset?: string;
  /** Values of another form are only said to be set. null: a secret, which `NAME_FILE` may hold. */
  readonly shows: RegExp | null;
  /** Told only where it is set. */
  readonly optional?: true;
}

const ORIGIN = /^https?:\/\/([a-z\d.-]{1,100}|\[[\da-f:]+\])(:\d{1,5})?\/?$/i;
const DURATION = /^\d{1,12}(ms|s|m|h|d)$/;
const PATH = /^[\w.~+-]*(\/[\w.~+ -]{1,100})+$/;
const WORD = /^[\w.-]{1,63}$/;

const optional = (name: string, shows: RegExp | null): Setting => ({
  ...{ name, fallback: null, shows, optional: true },
});

export const SETTINGS: readonly Setting[] = [
  { name: "DATABASE_URL", fallback: null, shows: null },
  optional("PGHOST", /^[\w./-]{1,253}$/),
  optional("PGPORT", /^\d{1,5}$/),
  optional("PGDATABASE", WORD),
  optional("PGUSER", WORD),
  optional("PGPASSWORD", null),
  optional("PGSSLMODE", /^[a-z-]{1,12}$/),
  optional("PGSSLROOTCERT", PATH),
  { name: "ZITADEL_URL", fallback: null, shows: ORIGIN },
  { name: "ZITADEL_API_URL", fallback: null, unset: "as ZITADEL_URL", shows: ORIGIN },
  optional("ZITADEL_ALLOW_INSECURE", /^[01]$/),
  { name: "ZITADEL_KEY", fallback: null, shows: null },
  optional("ZITADEL_TOKEN", null),
  {
    ...{ name: "ZITADEL_ORG_ID", fallback: null, shows: /^\d{1,20}$/ },
    unset: "the service account's own",
  },
  { name: "ZITADEL_TIMEOUT", fallback: "30s", shows: DURATION },
  { name: "ZITADEL_RATE", fallback: "40/s", shows: /^(0|\d{1,9}\/[smh])$/ },
  { name: "ZITADEL_CA_FILE", fallback: null, shows: PATH },
  { name: "PASSWORD_KEYS", fallback: null, shows: null },
  {
    ...{ name: "SYNTHETIC_EMAIL_DOMAIN", fallback: "noemail.family-hub.internal" },
    shows: /^[a-z\d-]{1,63}(\.[a-z\d-]{1,63})+$/i,
  },
  { name: "RETRY_DELAYS", fallback: "1m,5m,15m,1h,4h", shows: /^[\da-z, ]{1,80}$/ },
  { name: "RETRY_JITTER", fallback: "0", shows: /^\d{1,3}(\.\d{1,3})?%?$/ },
  { name: "RETRY_CONCURRENCY", fallback: "10", shows: /^\d{1,3}$/ },
  { name: "RETRY_LEASE", fallback: "5m", shows: DURATION },
  { name: "INVITATION_GRACE", fallback: "30d", shows: DURATION },
  { name: "JOB_RETENTION", fallback: "90d", shows: DURATION },
  { name: "FAILED_PASSWORD_RETENTION", fallback: "30d", shows: DURATION },
  { name: "LOG_LEVEL", fallback: "info", shows: /^(error|warn|info|debug)$/ },
  { name: "LOG_FORMAT", fallback: "auto", shows: /^(auto|pretty|json)$/ },
  optional("METRICS_DIR", PATH),
];
