// What the emulator keeps of a user, and the plain facts the admin API shows of it.

/** Anything but `active` may not log in. */
export type LifeState = "active" | "inactive" | "locked";

export type CreatedBy = "CreateUser" | "AddHumanUser" | "admin" | "setup";

/** Everything that a test may assert; JSON-safe. */
export interface UserFacts {
  readonly userId: string;
  readonly orgId: string;
  readonly type: "human" | "machine";
  readonly state: LifeState;
  /** Trimmed, case kept. */
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly displayName: string;
  readonly nickName: string;
  readonly preferredLanguage: string;
  readonly gender: number;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phone: string;
  readonly mailWouldHaveBeenSent: boolean;
  /** As received; null when none was sent. */
  readonly password: string | null;
  readonly passwordHash: string | null;
  readonly changeRequired: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdBy: CreatedBy;
}

/** What may happen to a user after the creation, by an administrator or by a change of policy. */
type Changing = "username" | "state" | "metadata";

export interface UserRecord extends Omit<UserFacts, Changing>, Mutable<Pick<UserFacts, Changing>> {
  /** Also the order of creation. */
  readonly sequence: number;
  createdAtMs: number;
  removedAtMs: number | null;
  /** Its organization was removed: the id stays taken, the user cannot be read. */
  isOrphan: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface UserChange extends Partial<Pick<UserFacts, Changing>> {
  readonly userId: string;
  /** ISO 8601; shown as `details.creationDate`. */
  readonly createdAt?: string;
}

/** What `listUsers` of the admin API answers. */
export interface ListedUser extends UserFacts {
  readonly createdOrder: number;
  readonly createdAt: string;
}

export const NO_FACTS = {
  type: "human",
  state: "active",
  givenName: "",
  familyName: "",
  displayName: "",
  nickName: "",
  preferredLanguage: "und",
  gender: 0,
  email: "",
  emailVerified: false,
  phone: "",
  mailWouldHaveBeenSent: false,
  password: null,
  passwordHash: null,
  changeRequired: false,
  metadata: {},
} as const satisfies Partial<UserFacts>;
