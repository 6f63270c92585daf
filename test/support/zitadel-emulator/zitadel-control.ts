// What a test can order from and ask an emulator, in the same process or in another one.
import type { CalledMethod, Counters, LoggedCall } from "./call-log.ts";
import type { Fault } from "./faults.ts";
import type { ServiceKey } from "./service-account.ts";
import type { EmulatorSettings, SettingsChange } from "./settings.ts";
import type { OrganizationState } from "./user-directory.ts";
import type { ListedUser, UserChange, UserFacts } from "./user-record.ts";

export interface EmulatorInfo {
  readonly url: string;
  readonly orgId: string;
  readonly serviceKey: ServiceKey;
  readonly pat: string;
}

/** Missing facts are filled in; the organization is made when it does not exist yet. */
export type UserToAdd = Partial<Omit<UserFacts, "createdBy" | "userId" | "username">> & {
  readonly username: string;
  readonly userId?: string;
  /** ISO 8601; now by default. */
  readonly createdAt?: string;
};

export interface ZitadelControl {
  info(): Promise<EmulatorInfo>;
  /** As just after the start: users, settings, faults, counters, calls. Access tokens stay valid. */
  reset(): Promise<void>;

  /** In order of creation; without the service account itself. */
  listUsers(): Promise<ListedUser[]>;
  findUser(selector: {
    readonly userId?: string;
    readonly username?: string;
  }): Promise<ListedUser | null>;
  addUser(user: UserToAdd): Promise<ListedUser>;
  /** Renames a user, locks it, moves its creation date or replaces its metadata; null when there is none. */
  changeUser(change: UserChange): Promise<ListedUser | null>;
  /** Frees id and username. */
  deleteUser(userId: string): Promise<boolean>;
  addOrg(org: { readonly orgId: string; readonly primaryDomain: string }): Promise<void>;
  /**
   * Removing an organization frees the usernames of its users; their ids stay taken but can no
   * longer be read. False when there is no such organization.
   */
  changeOrg(org: { readonly orgId: string; readonly state: OrganizationState }): Promise<boolean>;

  settings(): Promise<EmulatorSettings>;
  changeSettings(change: SettingsChange): Promise<EmulatorSettings>;
  /** Moves the server's clock: expires tokens, lets a lagging list catch up. */
  advanceClock(ms: number): Promise<void>;
  revokeTokens(options: { readonly alsoPat: boolean }): Promise<void>;
  /**
   * Down: the public port refuses connections and the open ones are destroyed, as by a network;
   * what is in flight is served to its end all the same.
   */
  setDown(isDown: boolean): Promise<void>;
  /**
   * Down by a shutdown, until `setDown(false)`: calls in flight are cut off, and so many of them are
   * committed all the same.
   */
  shutDown(options: { readonly commits: number }): Promise<void>;

  addFault(fault: Fault): Promise<void>;
  /** Replaces all faults; an empty list clears them. Held calls stay held. */
  setFaults(faults: readonly Fault[]): Promise<void>;
  /** Resolves when `count` calls (default 1) are held by pause faults of that name. */
  waitForPaused(pause: { readonly name: string; readonly count?: number }): Promise<void>;
  /** Lets the calls that are held now go on; answers how many. A later one is held again. */
  release(name: string): Promise<number>;

  counters(): Promise<Counters>;
  calls(): Promise<LoggedCall[]>;
  /** Resolves when that many requests have arrived since the last reset. */
  waitForCalls(wanted: { readonly method: CalledMethod; readonly count: number }): Promise<void>;
}

export type ControlName = keyof ZitadelControl;

export const ADMIN_PREFIX = "/_emulator/";
