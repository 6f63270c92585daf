// A queued account creation, as the rest of the tool sees it.

export const JOB_STATUSES = ["pending", "processing", "completed", "failed"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The fields by which a list of jobs can be sorted. */
export const SORT_FIELDS = [
  "createdAt",
  "updatedAt",
  "nextRetryAt",
  "username",
  "retryCount",
] as const;
export type SortField = (typeof SORT_FIELDS)[number];

/** FamilyHub's own limit for `retry_count`, so RETRY_DELAYS may have no more. */
export const MAX_RETRIES = 5;

/** Why runs skip a row with such values; null for a valid row. */
export function whySkipped(status: string, retryCount: number): string | null {
  if (!JOB_STATUSES.some((known) => known === status)) {
    return `its status is "${status}", which runs skip`;
  }
  const possible = retryCount >= 0 && retryCount <= MAX_RETRIES;
  return possible || status === "completed"
    ? null
    : `its retry_count is ${retryCount}, which runs skip`;
}

/** Whether FamilyHub still has a job's family, which the user row refers to. `deleted`: marked as deleted. */
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
  /** Whether another FamilyHub user has this username or its synthetic email address. */
  readonly usernameHeld: boolean;
  /** The W3C trace context that the API wrote with the job; null if there is none. */
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

/** FamilyHub may have more roles than ours by now; a role is always a single word. */
export function isRole(role: string): boolean {
  return /^[A-Za-z_-]{1,50}$/.test(role);
}

export const ROLES = ["owner", "admin", "member", "managed_account"] as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Consists only of spaces of any kind and characters that print nothing. */
export function isBlank(text: string): boolean {
  return /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]*$/u.test(text);
}

/**
 * The first word is the given name, the rest the family name. Zitadel refuses a blank family name
 * (USER-4hB7d), so a single word becomes both. U+0085 is white space for Zitadel, but not for `\s`.
 */
export function splitFullName(fullName: string): { givenName: string; familyName: string } {
  const words = fullName.split(/[\p{White_Space}\uFEFF]+/u).filter((word) => !isBlank(word));
  const [givenName = "", ...rest] = words;
  return { givenName, familyName: rest.length > 0 ? rest.join(" ") : givenName };
}
