// What the emulator keeps of a user, and the plain facts the admin API shows of it.

export type CreatedBy = "CreateUser" | "AddHumanUser" | "admin" | "setup";

/** Everything a test may want to assert; JSON-safe. */
export interface UserFacts {
  readonly userId: string;
  readonly orgId: string;
  readonly type: "human" | "machine";
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

export interface UserRecord extends UserFacts {
  /** Also the order of creation. */
  readonly sequence: number;
  readonly createdAtMs: number;
  removedAtMs: number | null;
  /** Its organization was removed: the id stays taken, the user cannot be read. */
  isOrphan: boolean;
}

/** What `listUsers` of the admin API answers. */
export interface ListedUser extends UserFacts {
  readonly createdOrder: number;
  readonly createdAt: string;
}

export const NO_FACTS = {
  type: "human",
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
