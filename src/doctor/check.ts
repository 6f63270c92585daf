// The type of a check of doctor, and of its result.
import type { Sections } from "../config/config.ts";
import type { SettingsSurvey } from "../config/settings-survey.ts";
import type { IdentityInspection } from "../zitadel/identity-inspection.ts";
import type { DoctorConnection } from "./connection.sql.ts";
import type { LockTrial } from "./locks.sql.ts";

export type CheckStatus = "ok" | "warn" | "fail" | "skip";

export interface Finding {
  readonly status: CheckStatus;
  readonly found: string;
  /** The command or action that fixes it; null where nothing needs fixing. */
  readonly mend: string | null;
  /** Where one check finds several things; the check's own name otherwise. */
  readonly name?: string;
}

export const ok = (found: string): Finding => ({ status: "ok", found, mend: null });
export const warn = (found: string, mend: string): Finding => ({ status: "warn", found, mend });
export const fail = (found: string, mend: string): Finding => ({ status: "fail", found, mend });
export const skip = (found: string): Finding => ({ status: "skip", found, mend: null });

/** In the order of the report. Lanes are worked beside each other, the checks of one in order. */
export const GROUPS = {
  Configuration: "host",
  Postgres: "postgres",
  Schema: "postgres",
  Upkeep: "postgres",
  Runs: "postgres",
  Passwords: "postgres",
  Zitadel: "zitadel",
} as const;

/** The check without which nothing of Postgres can be looked at; hidden from the moment it is lost. */
export const CONNECTION = "connection";

export type Group = keyof typeof GROUPS;

export interface Check {
  readonly name: string;
  readonly group: Group;
  /** Sections of the configuration without which there is nothing to look at. */
  readonly settings?: readonly (keyof Sections)[];
  /** Checks of the same lane, further up, whose failure would hide what this one looks for. */
  readonly needs?: readonly string[];
  /** What to do about an error that does not say so itself. */
  readonly remedy?: string;
  /** An ExpectedError that it throws is its finding, as a fault. */
  look(context: DoctorContext): Promise<Finding | readonly Finding[]>;
}

/** Everything is opened once, on first use. */
export interface DoctorContext {
  readonly survey: SettingsSurvey;
  readonly limits: Limits;
  /** @throws ExpectedError when the section is faulty: name it in `settings` */
  setting<S extends keyof Sections>(section: S): Sections[S];
  postgres(): Promise<DoctorConnection>;
  zitadel(): Promise<IdentityInspection>;
  tryLock(): Promise<LockTrial>;
  /** By the host's clock. */
  now(): Date;
}

/** From where on something is worth a warning. Milliseconds, where no unit is named. */
export interface Limits {
  readonly roundTrip: number;
  readonly clockSkew: number;
  readonly oldTransaction: number;
  readonly oldLock: number;
  readonly deadRows: number;
  /** Jobs that a search may read whole: about a second's work. */
  readonly searchedJobs: number;
  readonly certificateLeft: number;
  /** Longer is a fault, shorter a warning. */
  readonly longPause: number;
  readonly retryAccountsIdle: number;
  readonly purgeIdle: number;
  /** For reading the headers of all passwords: of a million, that is a minute's work. */
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
