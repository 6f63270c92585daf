// The types of doctor's checks and their results.
import type { Sections } from "../config/config.ts";
import type { SettingsSurvey } from "../config/settings-survey.ts";
import type { IdentityInspection } from "../zitadel/identity-inspection.ts";
import type { DoctorConnection } from "./connection.sql.ts";
import type { LockTrial } from "./locks.sql.ts";

export type CheckStatus = "ok" | "warn" | "fail" | "skip";

export interface Finding {
  readonly status: CheckStatus;
  readonly found: string;
  /** The command or action that fixes it; null if nothing needs fixing. */
  readonly fix: string | null;
  /** If one check finds several things; otherwise the name of the check. */
  readonly name?: string;
}

export const ok = (found: string): Finding => ({ status: "ok", found, fix: null });
export const warn = (found: string, fix: string): Finding => ({ status: "warn", found, fix });
export const fail = (found: string, fix: string): Finding => ({ status: "fail", found, fix });
export const skip = (found: string): Finding => ({ status: "skip", found, fix: null });

/** In the order of the report. Lanes run at the same time, the checks of one lane in order. */
export const GROUPS = {
  Configuration: "host",
  Postgres: "postgres",
  Schema: "postgres",
  Upkeep: "postgres",
  Runs: "postgres",
  Passwords: "postgres",
  Zitadel: "zitadel",
} as const;

/**
 * No other check of Postgres works without this one; the rest is skipped once the connection is lost.
 */
export const CONNECTION = "connection";

export type Group = keyof typeof GROUPS;

export interface Check {
  readonly name: string;
  readonly group: Group;
  /** Sections of the configuration that the check needs. */
  readonly settings?: readonly (keyof Sections)[];
  /** Earlier checks of the same lane whose failure makes this one pointless. */
  readonly needs?: readonly string[];
  /** The fix for an error without advice. */
  readonly remedy?: string;
  /** If it throws an ExpectedError, that is its finding. */
  look(context: DoctorContext): Promise<Finding | readonly Finding[]>;
}

/** Everything is opened once, when it is first used. */
export interface DoctorContext {
  readonly survey: SettingsSurvey;
  readonly limits: Limits;
  /** @throws ExpectedError if the section is invalid: name it in `settings` */
  setting<S extends keyof Sections>(section: S): Sections[S];
  postgres(): Promise<DoctorConnection>;
  zitadel(): Promise<IdentityInspection>;
  tryLock(): Promise<LockTrial>;
  /** By the host's clock. */
  now(): Date;
}

/** The limits from which doctor warns. Milliseconds, if no unit is named. */
export interface Limits {
  readonly roundTrip: number;
  readonly clockSkew: number;
  readonly oldTransaction: number;
  readonly oldLock: number;
  readonly deadRows: number;
  /** Jobs that a search may read without an index: about a second's work. */
  readonly searchedJobs: number;
  readonly certificateLeft: number;
  /** Longer is a fault, shorter a warning. */
  readonly longPause: number;
  readonly retryAccountsIdle: number;
  readonly purgeIdle: number;
  /** For reading the headers of all passwords: for a million, that takes a minute. */
  readonly keysInUse: number;
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

export const LIMITS: Limits = {
  roundTrip: 100,
  clockSkew: 5 * SECOND,
  oldTransaction: HOUR,
  oldLock: 10 * MINUTE,
  deadRows: 50_000,
  searchedJobs: 1_000_000,
  certificateLeft: 14 * DAY,
  longPause: DAY,
  retryAccountsIdle: 5 * MINUTE,
  purgeIdle: 2 * DAY,
  keysInUse: 5 * SECOND,
};
