// What a queued account creation is to the rest of the tool.

export const JOB_STATUSES = ["pending", "processing", "completed", "failed"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What a list of jobs can be sorted by. */
export const SORT_FIELDS = [
  "createdAt",
  "updatedAt",
  "nextRetryAt",
  "username",
  "retryCount",
] as const;
export type SortField = (typeof SORT_FIELDS)[number];

/** `retry_count` lives in 0..5: FamilyHub's own limit, so RETRY_DELAYS may hold no more. */
export const MAX_RETRIES = 5;

/** Why no run touches a row with such values; null for one that is as it should be. */
export function whySkipped(status: string, retryCount: number): string | null {
  if (!JOB_STATUSES.some((known) => known === status)) {
    return `its status is "${status}", which runs skip`;
  }
  const possible = retryCount >= 0 && retryCount <= MAX_RETRIES;
  return possible || status === "completed"
    ? null
    : `its retry_count is ${retryCount}, which runs skip`;
}

/** Whether FamilyHub still has a job's family: the user row refers to it. `deleted` as FamilyHub deletes. */
export type FamilyState = "present" | "deleted" | "missing";

/** A job that this run holds under its lease. */
export interface ClaimedJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  readonly encryptedPassword: string;
  readonly createdByUserId: string;
  readonly createdAt: Date;
  readonly retryCount: number;
  readonly family: FamilyState;
  /** Whether another FamilyHub user already has this username or its synthetic email. */
  readonly usernameHeld: boolean;
  /** What the API wrote with the job, as W3C trace context should be; null where it writes none. */
  readonly traceparent: string | null;
}

export const USERNAME_RULE = "3 to 20 characters of a-z, 0-9 and _";
const USERNAME = /^[a-z0-9_]{3,20}$/;

/** FamilyHub trims and lowercases before it compares. */
export function normalizeUsername(raw: string): string {
  return raw.trim().toLowerCase();
}

export function isUsername(normalized: string): boolean {
  return USERNAME.test(normalized);
}

/** FamilyHub may know further roles than ours by now; what it never has is anything but a word. */
export function isRole(role: string): boolean {
  return /^[A-Za-z_-]{1,50}$/.test(role);
}

export const ROLES = ["owner", "admin", "member", "managed_account"] as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Nothing of it can be seen: every kind of space, and characters that print nothing. */
export function isBlank(text: string): boolean {
  return /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]*$/u.test(text);
}

/**
 * The first word is the given name, the rest the family name. Zitadel refuses a blank family
 * name (USER-4hB7d), so a one-word name serves as both. U+0085 is white space to Zitadel, not to `\s`.
 */
export function splitFullName(fullName: string): { givenName: string; familyName: string } {
  const words = fullName.split(/[\p{White_Space}\uFEFF]+/u).filter((word) => !isBlank(word));
  const [givenName = "", ...rest] = words;
  return { givenName, familyName: rest.length > 0 ? rest.join(" ") : givenName };
}
