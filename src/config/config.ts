// Turns the environment into settings; a command reads only the sections that it needs.
import { MAX_RETRIES } from "../domain/job.ts";
import type { RetrySchedule } from "../domain/outcome.ts";
import type { Secret } from "../secret.ts";
import { readDatabaseConfig, type DatabaseConfig } from "./database-config.ts";
import { readMonitoringConfig, type MonitoringConfig } from "./monitoring-config.ts";
import { SettingsReader, type Environment } from "./settings-reader.ts";
import {
  DURATION_FORM,
  formatDuration,
  parseCount,
  parseDuration,
  parsePercent,
  parseRetention,
  parseTimer,
  RETENTION_FORM,
  TIMER_FORM,
} from "./units.ts";
import { readEmailDomain, readZitadelConfig, type ZitadelConfig } from "./zitadel-config.ts";

const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
const LOG_FORMATS = ["auto", "pretty", "json"] as const;

export interface LogConfig {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

export interface RetryConfig {
  readonly schedule: RetrySchedule;
  readonly concurrency: number;
  readonly leaseMs: number;
}

export interface PasswordConfig {
  readonly ring: Secret;
  readonly source: string;
  /** The file of the ring, if it does not come from the environment. */
  readonly file: string | null;
}

export interface RetentionConfig {
  readonly jobsMs: number;
  readonly failedPasswordsMs: number;
}

/** Each section is checked when a command asks for it, and reports all its errors at once. */
export interface Sections {
  log: LogConfig;
  database: DatabaseConfig;
  zitadel: ZitadelConfig;
  emailDomain: string;
  passwords: PasswordConfig;
  retry: RetryConfig;
  invitations: { readonly graceMs: number };
  retention: RetentionConfig;
  monitoring: MonitoringConfig;
}

const READERS: { [S in keyof Sections]: (settings: SettingsReader) => Sections[S] } = {
  log: (settings) => ({
    level: settings.oneOf("LOG_LEVEL", "info", LOG_LEVELS),
    format: settings.oneOf("LOG_FORMAT", "auto", LOG_FORMATS),
  }),
  database: readDatabaseConfig,
  zitadel: readZitadelConfig,
  emailDomain: readEmailDomain,
  passwords: readPasswords,
  retry: readRetry,
  invitations: (settings) => ({
    graceMs: settings.parsed("INVITATION_GRACE", "30d", DURATION_FORM, parseDuration),
  }),
  retention: (settings) => ({
    jobsMs: settings.parsed("JOB_RETENTION", "90d", RETENTION_FORM, parseRetention),
    failedPasswordsMs: settings.parsed(
      "FAILED_PASSWORD_RETENTION",
      "30d",
      RETENTION_FORM,
      parseRetention,
    ),
  }),
  monitoring: readMonitoringConfig,
};

export const SECTION_NAMES = Object.keys(READERS) as (keyof Sections)[];

/** @throws ConfigError naming every invalid setting of these sections, before anything is changed */
export function readConfig<S extends keyof Sections>(
  env: Environment,
  ...sections: readonly S[]
): Pick<Sections, S> {
  const settings = new SettingsReader(env);
  const config = {} as Pick<Sections, S>;
  for (const section of sections) config[section] = READERS[section](settings);
  checkLeaseOutlivesCall(settings, config);
  settings.finish();
  return config;
}

function readPasswords(settings: SettingsReader): PasswordConfig {
  const ring = settings.secret("PASSWORD_KEYS");
  const file = settings.text("PASSWORD_KEYS_FILE");
  if (ring === null && file === null) {
    settings.fault(
      "PASSWORD_KEYS_FILE is not set: set it to the key ring whose first key FamilyHub's API encrypts with. " +
        "Create a new ring only for a first installation: `family-hub-jobs keys generate --out FILE`.",
    );
  }
  return { ring: ring as Secret, source: file ?? "PASSWORD_KEYS", file };
}

function readRetry(settings: SettingsReader): RetryConfig {
  const form = `1 to ${MAX_RETRIES} durations separated by commas, such as 1m,5m,15m,1h,4h`;
  return {
    schedule: {
      delaysMs: settings.parsed("RETRY_DELAYS", "1m,5m,15m,1h,4h", form, parseDelays),
      jitter: settings.parsed("RETRY_JITTER", "0", "a percentage such as 10%, or 0", parsePercent),
    },
    concurrency: settings.parsed(
      "RETRY_CONCURRENCY",
      "10",
      "a whole number from 1 to 200",
      (text) => parseCount(text, 1, 200),
    ),
    leaseMs: settings.parsed("RETRY_LEASE", "5m", TIMER_FORM, parseTimer),
  };
}

function parseDelays(text: string): number[] | null {
  const delays = text.split(",").map(parseDuration);
  if (delays.length > MAX_RETRIES || delays.includes(null)) return null;
  return delays as number[];
}

/**
 * A run renews its leases, but a process that hangs for the length of one call must not lose its job to
 * another run: so the lease must be longer than the call.
 */
function checkLeaseOutlivesCall(settings: SettingsReader, config: Partial<Sections>): void {
  if (config.retry === undefined || config.zitadel === undefined) return;
  const { leaseMs } = config.retry;
  const { timeoutMs } = config.zitadel;
  if (leaseMs > timeoutMs) return;
  settings.fault(
    `RETRY_LEASE is ${formatDuration(leaseMs)}: it must be longer than ZITADEL_TIMEOUT ` +
      `(${formatDuration(timeoutMs)}), or two runs could process the same job at once.`,
  );
}
